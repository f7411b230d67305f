import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import {
  certificateUrl,
  type Fields,
  makeSigner,
  type SnsSigner,
  topicArn,
} from "../delivery/aws/sns-signer.ts";
import type { SeenRequest } from "../support/faulty-http-server.ts";
import { codeIn } from "../support/service.ts";
import { accounts, publicUrl, type VendorName } from "./vendors.ts";

/** A request that is made to the port for callbacks. */
export interface Posting {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a stranger can get wrong, or do on purpose, in playing a vendor. */
export interface Forgery {
  /** Signs with a key that is not the account's. */
  readonly otherKey?: true;
  /** Says that it is of an account that is not ours. */
  readonly otherAccount?: true;
  /** Milliseconds from now to the instant that is signed. */
  readonly signedInMs?: number;
  /** Changes the body after it was signed. */
  readonly tamper?: (body: string) => string;
}

/** How the vendors name a message and tell that it arrived. */
export const deliveredReport: Readonly<
  Record<VendorName, (reference: string, forgery?: Forgery) => Posting>
> = {
  twilio: (reference, forgery) =>
    twilioPosting(`/reports/twilio/${reference}`, { MessageStatus: "delivered" }, forgery),
  vonage: (reference, forgery) =>
    vonagePosting(
      `/reports/vonage/${reference}`,
      { message_uuid: randomUUID(), status: "delivered", client_ref: reference },
      forgery,
    ),
  aws: (reference, forgery) =>
    snsPosting(
      "/reports/aws",
      { eventType: "TEXT_DELIVERED", isFinal: true, context: { passcode_reference: reference } },
      forgery,
    ),
  ses: (reference, forgery) =>
    snsPosting(
      "/reports/ses",
      { eventType: "Delivery", mail: { tags: { passcode_reference: [reference] } } },
      forgery,
    ),
  sendgrid: (reference, forgery) =>
    sendGridPosting([{ event: "delivered", passcode_reference: reference }], forgery),
  gateway: (reference, forgery) =>
    gatewayPosting(`/reports/gateway/${reference}`, { reference, state: "delivered" }, forgery),
};

/** How the vendors that ask for a key tell that one was pressed. */
export const keyPressed: Partial<Record<VendorName, (path: string, forgery?: Forgery) => Posting>> = {
  twilio: (path, forgery) => twilioPosting(path, { Digits: "5" }, forgery),
  vonage: (path, forgery) => vonagePosting(path, { dtmf: { digits: "5" } }, forgery),
};

/** What a vendor was handed as the text of an SMS or an e-mail. */
export function textHanded(vendor: VendorName, { body }: SeenRequest): string {
  if (vendor === "twilio") return new URLSearchParams(body).get("Body") ?? "";
  // Each vendor's own shape, which its client's tests hold it to.
  const json = JSON.parse(body) as {
    text?: string;
    MessageBody?: string;
    Content?: { Simple: { Body: { Text: { Data: string } } } };
    content?: { value: string }[];
  };
  return (
    json.text ?? json.MessageBody ?? json.Content?.Simple.Body.Text.Data ?? json.content?.[0]?.value ?? ""
  );
}

/** The code in it. */
export function codeHanded(vendor: VendorName, request: SeenRequest): string {
  return codeIn({ time: "", to: "", channel: "sms", text: textHanded(vendor, request) });
}

/** What stands for a message with the vendor that was handed it. */
export function referenceIn({ body }: SeenRequest): string {
  const reference = /(?<![\w-])A[\w-]{91}(?![\w-])/.exec(
    decodeURIComponent(body.replaceAll(/%(?![0-9A-F]{2})/g, "%25")),
  );
  if (reference === null) throw new Error("the vendor was told no reference");
  return reference[0];
}

/** Somebody whose certificate is where SNS has its own, and somebody whose is not. */
let signers: { sns: SnsSigner; stranger: SnsSigner } | undefined;
export function snsSigners(): { sns: SnsSigner; stranger: SnsSigner } {
  signers ??= { sns: makeSigner(), stranger: makeSigner() };
  return signers;
}

function twilioPosting(path: string, parameters: Record<string, string>, forgery: Forgery = {}): Posting {
  const { accountSid, authToken } = accounts.twilio;
  const AccountSid = forgery.otherAccount ? accountSid.replace("0", "1") : accountSid;
  const form = { AccountSid, ApiVersion: "2010-04-01", ...parameters };
  const text = Object.entries(form)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flat()
    .join("");
  const token = forgery.otherKey ? "0".repeat(32) : authToken;
  const signature = createHmac("sha1", token).update(`${publicUrl}${path}${text}`).digest("base64");
  return {
    path,
    headers: { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature },
    body: tampered(new URLSearchParams(form).toString(), forgery),
  };
}

function vonagePosting(path: string, message: object, forgery: Forgery = {}): Posting {
  const body = JSON.stringify(message);
  const { applicationId, secret } = accounts.vonage;
  const claims = {
    iat: signedAt(forgery),
    jti: randomUUID(),
    payload_hash: createHash("sha256").update(body).digest("hex"),
    application_id: forgery.otherAccount ? randomUUID() : applicationId,
  };
  const signed = [{ alg: "HS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const key = forgery.otherKey ? "0".repeat(32) : secret;
  const token = `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  return {
    path,
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: tampered(body, forgery),
  };
}

function snsPosting(path: string, event: object, forgery: Forgery = {}): Posting {
  const { sns, stranger } = snsSigners();
  const fields: Fields = {
    Type: "Notification",
    MessageId: randomUUID(),
    TopicArn: forgery.otherAccount ? topicArn.replace("123456789012", "999999999999") : topicArn,
    Message: JSON.stringify(event),
    Timestamp: new Date(signedAt(forgery) * 1_000).toISOString(),
    SignatureVersion: "2",
    SigningCertURL: certificateUrl,
  };
  const signed = (forgery.otherKey ? stranger : sns).sign(fields);
  return { path, headers: { "content-type": "text/plain" }, body: tampered(JSON.stringify(signed), forgery) };
}

function sendGridPosting(events: object[], forgery: Forgery = {}): Posting {
  const body = JSON.stringify(events);
  const timestamp = String(signedAt(forgery));
  const key: KeyObject = forgery.otherKey ? strangersKey() : accounts.sendgrid.privateKey;
  return {
    path: "/reports/sendgrid",
    headers: {
      "x-twilio-email-event-webhook-timestamp": timestamp,
      "x-twilio-email-event-webhook-signature": sign("sha256", Buffer.from(timestamp + body), key).toString(
        "base64",
      ),
    },
    body: tampered(body, forgery),
  };
}

function gatewayPosting(path: string, report: object, forgery: Forgery = {}): Posting {
  const body = JSON.stringify(report);
  const timestamp = String(signedAt(forgery));
  const key = forgery.otherKey ? Buffer.alloc(32) : accounts.gateway;
  const signature = createHmac("sha256", key).update(`r-1.${timestamp}.${body}`).digest("base64");
  return {
    path,
    headers: { "webhook-id": "r-1", "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` },
    body: tampered(body, forgery),
  };
}

/** Seconds since the epoch. */
function signedAt({ signedInMs = 0 }: Forgery): number {
  return Math.floor((Date.now() + signedInMs) / 1_000);
}

function tampered(body: string, { tamper = (same) => same }: Forgery): string {
  return tamper(body);
}

function strangersKey(): KeyObject {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
}
