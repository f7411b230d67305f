import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { reportOfMessagingEvent } from "../../src/delivery/aws/messaging-events.ts";
import { reportOfSesEvent } from "../../src/delivery/aws/ses-events.ts";
import { SnsReports } from "../../src/delivery/aws/sns-reports.ts";
import type { KeyPresses, PostedReports } from "../../src/delivery/provider.ts";
import { EventWebhook } from "../../src/delivery/sendgrid/event-webhook.ts";
import { KeypadCallbacks } from "../../src/delivery/twilio/keypad-callbacks.ts";
import { SignedForms } from "../../src/delivery/twilio/signed-form.ts";
import { StatusCallbacks } from "../../src/delivery/twilio/status-callbacks.ts";
import { VonageKeyPresses } from "../../src/delivery/vonage/key-presses.ts";
import { VonageReports } from "../../src/delivery/vonage/reports.ts";
import { WebhookSignature } from "../../src/delivery/vonage/webhook-signature.ts";
import { SignedReports } from "../../src/delivery/webhook/signed-reports.ts";
import {
  certificateUrl,
  type Fields,
  makeSigner,
  notification,
  topicArn,
} from "../delivery/aws/sns-signer.ts";
import { accountSid } from "../delivery/twilio/account.ts";
import { signed as signedForm } from "../delivery/twilio/callback.ts";
import { applicationId, claimsOf, tokenOf } from "../delivery/vonage/account.ts";
import type { Tree } from "./tree.ts";

/** A request as it comes to the port for callbacks. */
export interface Posted {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A vendor with whom everything is agreed on, seen from both sides. */
export interface Vendor {
  readonly reports: PostedReports;
  readonly keyPresses?: KeyPresses;
  /** What it says of a message that arrived. */
  delivered(reference: string): Tree;
  /** Says it as the vendor does, or as a stranger who knows everything but the secret. */
  post(said: Tree, at: { url: string; by: "vendor" | "stranger" }): Posted;
  /** What of a request is vouched for by its signature: another text is another message. */
  vouchedFor(posted: Posted, url: string): string;
}

const sns = makeSigner();
const strangeSns = makeSigner();

/** Noon of the day on which the certificates of SNS are valid. */
export const { nowMs } = sns;
const nowSeconds = String(nowMs / 1_000);

export const vendors: Readonly<Record<string, Vendor>> = {
  twilio: twilio(),
  vonage: vonage(),
  sendgrid: sendgrid(),
  gateway: gateway(),
  messaging: aws(reportOfMessagingEvent, (reference) => ({
    eventType: "TEXT_DELIVERED",
    isFinal: true,
    context: { passcode_reference: reference },
  })),
  ses: aws(reportOfSesEvent, (reference) => ({
    eventType: "Delivery",
    mail: { tags: { passcode_reference: [reference] } },
  })),
};

function twilio(): Vendor {
  const tokens = { vendor: randomBytes(16).toString("hex"), stranger: randomBytes(16).toString("hex") };
  const forms = new SignedForms({ accountSid, authToken: tokens.vendor });
  return {
    reports: new StatusCallbacks(forms),
    keyPresses: new KeypadCallbacks(forms),
    delivered: () => ({
      AccountSid: accountSid,
      MessageSid: `SM${"a".repeat(32)}`,
      MessageStatus: "delivered",
    }),
    post: (said, { url, by }) => {
      const form = Object.fromEntries(
        Object.entries(said ?? {}).map(([name, value]) => [name, textOf(value)]),
      );
      const { headers, body } = signedForm({ form, url, token: tokens[by] });
      return { headers: definedIn(headers), body };
    },
    vouchedFor: ({ body }, url) => {
      const pairs = [...new URLSearchParams(body.toString())].sort(([a], [b]) => (a < b ? -1 : 1));
      return url + pairs.flat().join("");
    },
  };
}

function vonage(): Vendor {
  const secrets = { vendor: "v".repeat(32), stranger: "s".repeat(32) };
  const signature = new WebhookSignature(createSecretKey(Buffer.from(secrets.vendor)), applicationId);
  return {
    reports: new VonageReports(signature),
    keyPresses: new VonageKeyPresses(signature),
    delivered: (reference) => ({ message_uuid: "m-1", status: "delivered", client_ref: reference }),
    post: (said, { by }) => {
      const body = Buffer.from(JSON.stringify(said));
      const claims = { ...claimsOf(body), iat: nowMs / 1_000 };
      return { headers: { authorization: `Bearer ${tokenOf(claims, undefined, secrets[by])}` }, body };
    },
    vouchedFor: ({ body }) => body.toString("latin1"),
  };
}

function sendgrid(): Vendor {
  const [vendor, stranger] = [ecKeys(), ecKeys()];
  const names = ["x-twilio-email-event-webhook-timestamp", "x-twilio-email-event-webhook-signature"] as const;
  return {
    reports: new EventWebhook(vendor.publicKey),
    delivered: (reference) => [{ event: "delivered", passcode_reference: reference }],
    post: (said, { by }) => {
      const body = Buffer.from(JSON.stringify(said));
      const { privateKey } = by === "vendor" ? vendor : stranger;
      const signature = sign("sha256", Buffer.concat([Buffer.from(nowSeconds), body]), privateKey);
      return { headers: { [names[0]]: nowSeconds, [names[1]]: signature.toString("base64") }, body };
    },
    vouchedFor: ({ headers, body }) => `${headers[names[0]]}${body.toString("latin1")}`,
  };
}

function ecKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

function gateway(): Vendor {
  const secrets = { vendor: randomBytes(32), stranger: randomBytes(32) };
  return {
    reports: new SignedReports(createSecretKey(secrets.vendor)),
    delivered: (reference) => ({ reference, state: "delivered" }),
    post: (said, { by }) => {
      const body = Buffer.from(JSON.stringify(said));
      const mac = createHmac("sha256", secrets[by])
        .update(`r-1.${nowSeconds}.`)
        .update(body)
        .digest("base64");
      const headers = {
        "webhook-id": "r-1",
        "webhook-timestamp": nowSeconds,
        "webhook-signature": `v1,${mac}`,
      };
      return { headers, body };
    },
    vouchedFor: ({ headers, body }) =>
      `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body.toString("latin1")}`,
  };
}

const signedBySns = [
  "Message",
  "MessageId",
  "Subject",
  "SubscribeURL",
  "Timestamp",
  "Token",
  "TopicArn",
  "Type",
];

function aws(
  reportsOf: ConstructorParameters<typeof SnsReports>[1],
  delivered: (reference: string) => Tree,
): Vendor {
  // Whoever asks for another URL finds a stranger's certificate there.
  const get = async (url: string) => (url === certificateUrl ? sns.certificate : strangeSns.certificate);
  return {
    reports: new SnsReports(topicArn, reportsOf, get),
    delivered,
    post: (said, { by }) => {
      const signer = by === "vendor" ? sns : strangeSns;
      const fields: Fields = signer.sign(notification(sns, said));
      return { headers: { "content-type": "text/plain" }, body: Buffer.from(JSON.stringify(fields)) };
    },
    vouchedFor: ({ body }) => {
      try {
        const fields = JSON.parse(body.toString()) as Record<string, unknown> | null;
        return JSON.stringify(signedBySns.map((name) => fields?.[name]));
      } catch {
        return body.toString("latin1");
      }
    },
  };
}

function textOf(value: Tree): string {
  return typeof value === "string" ? value.toWellFormed() : JSON.stringify(value);
}

function definedIn(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? ""]));
}
