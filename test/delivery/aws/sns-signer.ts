import { execFileSync } from "node:child_process";
import { createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Callback } from "../../../src/delivery/provider.ts";

export const topicArn = "arn:aws:sns:eu-central-1:123456789012:passcode";

export const certificateUrl =
  "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem";

/** A message as SNS posts it. Fields that are undefined are left out. */
export type Fields = Readonly<Record<string, string | undefined>>;

/** Somebody who signs as SNS does, with a certificate of their own that is valid for a day. */
export interface SnsSigner {
  readonly certificate: string;
  /** Noon of that day. */
  readonly nowMs: number;
  /** Signed with SHA-256, unless the SignatureVersion is 1: then with SHA-1. */
  sign(fields: Fields): Fields;
}

const rsa = ["rsa:2048"];
const p256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

export function makeSigner({ ec = false } = {}): SnsSigner {
  const folder = mkdtempSync(join(tmpdir(), "passcode-sns-"));
  const path = (name: string) => join(folder, name);
  try {
    const newKey = ["-newkey", ...(ec ? p256 : rsa), "-nodes", "-keyout", path("key")];
    const files = ["-days", "1", "-subj", "/CN=sns.amazonaws.com", "-out", path("pem")];
    execFileSync("openssl", ["req", "-x509", ...newKey, ...files], { stdio: "pipe" });
    const certificate = readFileSync(path("pem"), "utf8");
    const key = createPrivateKey(readFileSync(path("key"), "utf8"));
    const nowMs = new X509Certificate(certificate).validFromDate.getTime() + 12 * 3_600_000;
    return { certificate, nowMs, sign: (fields) => ({ ...fields, Signature: signatureOf(fields, key) }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The fields in the order of the vendor's documentation, which is that of their names. */
function signatureOf(fields: Fields, key: KeyObject): string {
  const names = ["Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type"];
  const text = names.flatMap((name) => (fields[name] === undefined ? [] : [name, fields[name]]));
  const algorithm = fields["SignatureVersion"] === "1" ? "sha1" : "sha256";
  return sign(algorithm, Buffer.from(`${text.join("\n")}\n`), key).toString("base64");
}

export function notification(signer: SnsSigner, message: unknown, changes: Fields = {}): Fields {
  return {
    Type: "Notification",
    MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    TopicArn: topicArn,
    Message: typeof message === "string" ? message : JSON.stringify(message),
    Timestamp: new Date(signer.nowMs - 2_000).toISOString(),
    SignatureVersion: "2",
    SigningCertURL: certificateUrl,
    UnsubscribeURL: "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
    ...changes,
  };
}

export const subscribeUrl = `https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=2336412f37`;

export function confirmation(signer: SnsSigner, changes: Fields = {}): Fields {
  return notification(signer, "You have chosen to subscribe.\nTo confirm, visit the SubscribeURL.", {
    Type: "SubscriptionConfirmation",
    Token: "2336412f37",
    SubscribeURL: subscribeUrl,
    UnsubscribeURL: undefined,
    ...changes,
  });
}

export function posted(body: Fields | string | Buffer, nowMs: number): Callback {
  const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return {
    method: "POST",
    url: "https://otp.example/reports/aws",
    headers: { "content-type": "text/plain; charset=UTF-8" },
    body: Buffer.from(text),
    nowMs,
  };
}
