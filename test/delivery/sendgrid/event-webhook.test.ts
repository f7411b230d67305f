import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Callback, PostedReports } from "../../../src/delivery/provider.ts";
import { SendGridProvider } from "../../../src/delivery/sendgrid/sendgrid.ts";
import { clock, nowMs, settingsFor } from "./account.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const stranger = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

const reportsWith = (verificationKey: typeof publicKey): PostedReports => {
  const { reports } = new SendGridProvider({ ...settingsFor("http://127.0.0.1:1"), verificationKey }, clock);
  if (reports === undefined) throw new Error("no reports are taken");
  return reports;
};
const reports = reportsWith(publicKey);

const reference = "AbCd-1234_reference";
const nowS = nowMs / 1_000;

interface Posted {
  text: string;
  timestamp?: string;
  by?: typeof privateKey;
}

/** A callback as SendGrid makes it: account-wide, so of no message in particular. */
function posted({ text, timestamp = String(nowS), by = privateKey }: Posted): Callback {
  const body = Buffer.from(text);
  return callbackOf({
    body,
    timestamp,
    signature: sign("sha256", Buffer.from(`${timestamp}${text}`), by).toString("base64"),
  });
}

function callbackOf({ body, timestamp, signature }: { body: Buffer; timestamp: string; signature: string }) {
  return {
    method: "POST",
    url: "https://otp.example/reports/mail",
    headers: {
      "x-twilio-email-event-webhook-signature": signature,
      "x-twilio-email-event-webhook-timestamp": timestamp,
    },
    body,
    nowMs,
  };
}

/** Events as SendGrid writes them: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event */
const event = (fields: object) => ({
  email: "someone@example.test",
  timestamp: nowS - 10,
  sg_event_id: "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
  sg_message_id: "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
  passcode_reference: reference,
  ...fields,
});
const textOf = (...events: unknown[]) => `${JSON.stringify(events)}\r\n`;
const delivered = textOf(event({ event: "delivered", response: "250 OK" }));

describe("an event", () => {
  const bounce = { event: "bounce", reason: "the server's words about someone@example.test" };

  test.each<[string, object, object]>([
    ["that the mail arrived", { event: "delivered", response: "250 OK" }, { state: "delivered" }],
    [
      "that there is no such mailbox",
      { ...bounce, type: "bounce", status: "5.1.1", bounce_classification: "Invalid Address" },
      { failure: "destinationRefused", detail: "bounce 5.1.1" },
    ],
    [
      "that the mail was refused for good, for no known reason",
      { ...bounce, type: "bounce", status: "550" },
      { failure: "destinationRefused", detail: "bounce" },
    ],
    [
      "that the mail was refused for what is in it",
      { ...bounce, type: "bounce", status: "5.7.1", bounce_classification: "Content" },
      { failure: "blocked", detail: "bounce 5.7.1" },
    ],
    [
      "that the mail was refused for the sender's reputation",
      { ...bounce, type: "blocked", bounce_classification: "Reputation" },
      { failure: "blocked", detail: "blocked" },
    ],
    [
      "that the mail was held up, for no known reason",
      { ...bounce, type: "blocked", bounce_classification: "Unclassified", status: "" },
      { failure: "blocked", detail: "blocked" },
    ],
    [
      "that the mailbox is full",
      { ...bounce, type: "blocked", status: "5.2.2", bounce_classification: "Mailbox Unavailable" },
      { failure: "undelivered", detail: "blocked 5.2.2" },
    ],
    [
      "that the mail bounced in a way that is not known",
      { ...bounce, type: "expired", status: "4.4.7" },
      { failure: "undelivered", detail: "bounce 4.4.7" },
    ],
    [
      "that the address has bounced before",
      { event: "dropped", reason: "Bounced Address" },
      { failure: "destinationRefused", detail: "dropped: Bounced Address" },
    ],
    [
      "that the address is none",
      { event: "dropped", reason: "Invalid" },
      { failure: "destinationRefused", detail: "dropped: Invalid" },
    ],
    [
      "that the user has unsubscribed",
      { event: "dropped", reason: "Unsubscribed Address" },
      { failure: "blocked", detail: "dropped: Unsubscribed Address" },
    ],
    [
      "that the user has called mail of the account spam",
      { event: "dropped", reason: "Spam Reporting Address" },
      { failure: "blocked", detail: "dropped: Spam Reporting Address" },
    ],
    [
      "that the mail was dropped in a way that is not known",
      { event: "dropped", reason: "for someone@example.test" },
      { failure: "undelivered", detail: "dropped" },
    ],
  ])("%s is reported", async (_, fields, said) => {
    expect(await reports.read(posted({ text: textOf(event(fields)) }))).toEqual({
      kind: "reports",
      reports: [{ reference, state: "failed", ...said }],
    });
  });

  test.each<[string, object]>([
    ["that the mail is on its way", { event: "processed" }],
    ["that the mail is to wait", { event: "deferred", response: "400 try again later", attempt: "5" }],
    ["that the mail was opened", { event: "open" }],
    ["that a link was followed", { event: "click", url: "https://acme.test" }],
    ["that the mail, which arrived, was called spam", { event: "spamreport" }],
    ["of a kind that is not known", { event: "teleported" }],
    ["of other mail of the account", { event: "delivered", passcode_reference: undefined }],
    ["of mail with a reference that is not one", { event: "delivered", passcode_reference: "a b" }],
    ["of mail with a reference that is no text", { event: "delivered", passcode_reference: 7 }],
  ])("%s is left out", async (_, fields) => {
    const text = textOf(event(fields), event({ event: "delivered" }));
    expect(await reports.read(posted({ text }))).toEqual({
      kind: "reports",
      reports: [{ reference, state: "delivered" }],
    });
  });
});

/** The examples in Twilio's own tests of @sendgrid/eventwebhook; see NOTICE. Their mail is not ours. */
const examples = [
  {
    name: "one event",
    key: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
    signature:
      "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
    timestamp: "1600112502",
    text: '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
  },
  {
    name: "two events",
    key: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQ4LIFtWztlsF7skFqOncjD1lun4H5w8XOhyOArHW9RcIx/FfEzx6cikC/yPfUvwaX/JScE7Fc9CJD2afQ9Ok3Q==",
    signature:
      "MEYCIQC/I4o6vCgqRYrTljjoVWB/GRWNtxeePlLMHr3x9ETeRQIhAIpV+03nREPTTHWSW0wIOA0EoMPdcNgXa70yCaqDJlu5",
    timestamp: "1619651159",
    text: '[{"email":"invalid@gmail.com","event":"processed","send_at":0,"sg_event_id":"cHJvY2Vzc2VkLTE5OTQyMTEyLXFOd0JMZ1BRUWpXNkRKdktRd1NBYnctMA","sg_message_id":"qNwBLgPQQjW6DJvKQwSAbw.filterdrecv-canary-547b64655b-cw6zx-1-6089EA4A-56.0","smtp-id":"<qNwBLgPQQjW6DJvKQwSAbw@ismtpd0178p1mdw1.sendgrid.net>","timestamp":1619651146},\r\n{"email":"invalid@gmail.com","event":"bounce","ip":"167.89.101.76","reason":"552 5.2.2 The email account that you tried to reach is over quota and inactive. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm c17si1130468pgv.34 - gsmtp","sg_event_id":"Ym91bmNlLTAtMTk5NDIxMTItcU53QkxnUFFRalc2REp2S1F3U0Fidy0w","sg_message_id":"qNwBLgPQQjW6DJvKQwSAbw.filterdrecv-canary-547b64655b-cw6zx-1-6089EA4A-56.0","smtp-id":"<qNwBLgPQQjW6DJvKQwSAbw@ismtpd0178p1mdw1.sendgrid.net>","status":"5.2.2","timestamp":1619651147,"tls":1,"type":"blocked"}]\r\n',
  },
];

describe.each(examples)("of the vendor's own examples, the one with $name", (example) => {
  const key = createPublicKey({ key: Buffer.from(example.key, "base64"), format: "der", type: "spki" });
  const callback = {
    ...callbackOf({ ...example, body: Buffer.from(example.text) }),
    nowMs: Number(example.timestamp) * 1_000,
  };

  test("is believed", async () => {
    expect(await reportsWith(key).read(callback)).toEqual({ kind: "reports", reports: [] });
  });

  test("is refused without its last line break", async () => {
    const body = callback.body.subarray(0, -2);
    expect(await reportsWith(key).read({ ...callback, body })).toEqual({ kind: "refused", why: "signature" });
  });

  test("is refused with another key", async () => {
    expect(await reports.read(callback)).toEqual({ kind: "refused", why: "signature" });
  });
});

describe("refuses events", () => {
  const refused = (why: string) => ({ kind: "refused", why });

  test("that another key has signed", async () => {
    expect(await reports.read(posted({ text: delivered, by: stranger.privateKey }))).toEqual(
      refused("signature"),
    );
  });

  test("that nobody has signed", async () => {
    const callback = posted({ text: delivered });
    const { "x-twilio-email-event-webhook-signature": _, ...headers } = callback.headers;
    expect(await reports.read({ ...callback, headers })).toEqual(refused("signature"));
    expect(await reports.read({ ...callback, headers: {} })).toMatchObject({ kind: "refused" });
  });

  test("whose time is not the one that was signed", async () => {
    const callback = posted({ text: delivered, timestamp: String(nowS - 100_000) });
    const headers = { ...callback.headers, "x-twilio-email-event-webhook-timestamp": String(nowS) };
    expect(await reports.read({ ...callback, headers })).toEqual(refused("signature"));
  });

  test("whose time has lost its end to the body", async () => {
    const callback = posted({ text: delivered });
    const timestamp = String(nowS);
    const headers = { ...callback.headers, "x-twilio-email-event-webhook-timestamp": timestamp.slice(0, -1) };
    const body = Buffer.from(`${timestamp.slice(-1)}${delivered}`);
    expect(await reports.read({ ...callback, headers, body })).toEqual(refused("too old"));
  });

  test("of more than a day ago, or more than a minute ahead", async () => {
    const at = (secondsAgo: number) =>
      reports.read(posted({ text: delivered, timestamp: String(nowS - secondsAgo) }));
    expect(await at(86_400)).toMatchObject({ kind: "reports" });
    expect(await at(86_401)).toEqual(refused("too old"));
    expect(await at(-60)).toMatchObject({ kind: "reports" });
    expect(await at(-61)).toEqual(refused("of the future"));
  });

  test.each(["", "soon", "-1", "1e9", "1767323045000000"])("whose time is %j", async (timestamp) => {
    expect(await reports.read(posted({ text: delivered, timestamp }))).toEqual(refused("no timestamp"));
  });

  test.each(["", "null", "{}", '"x"', delivered.slice(0, -4), "<events/>"])(
    "that are none, though they are signed: %j",
    async (text) => {
      expect(await reports.read(posted({ text }))).toEqual(refused("not a list of events"));
    },
  );
});

describe("whatever is posted", () => {
  test("nothing unsigned is believed, and reading does not throw", async () => {
    const anyText = fc.oneof(fc.string(), fc.json(), fc.constant(delivered));
    const base64 = fc.base64String();
    const anySignature = fc.oneof(fc.string(), base64, fc.constant(undefined));
    const anyTimestamp = fc.oneof(fc.string(), fc.constant(String(nowS)), fc.constant(undefined));
    await fc.assert(
      fc.asyncProperty(anyText, anySignature, anyTimestamp, async (text, signature, timestamp) => {
        const headers = {
          "x-twilio-email-event-webhook-signature": signature,
          "x-twilio-email-event-webhook-timestamp": timestamp,
        };
        expect(await reports.read({ ...posted({ text }), headers })).toMatchObject({ kind: "refused" });
      }),
    );
  });

  test("a signed list has at most one report for each event, and says nothing of the address", async () => {
    const anyEvent = fc.record(
      {
        email: fc.constant("someone@example.test"),
        event: fc.constantFrom("delivered", "bounce", "dropped", "processed", "__proto__", 7),
        type: fc.constantFrom("bounce", "blocked", "someone@example.test", {}),
        status: fc.constantFrom("5.1.1", "5.1.1 someone@example.test", 5),
        reason: fc.constantFrom("Invalid", "550 someone@example.test", null),
        bounce_classification: fc.constantFrom("Invalid Address", "someone@example.test", "constructor", []),
        passcode_reference: fc.constantFrom(reference, "someone@example.test", 7),
      },
      { requiredKeys: ["email"] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(anyEvent, fc.jsonValue())), async (events) => {
        const read = await reports.read(posted({ text: JSON.stringify(events) }));
        if (read.kind === "refused") throw new Error(read.why);
        expect(read.reports.length).toBeLessThanOrEqual(events.length);
        expect(JSON.stringify(read)).not.toContain("someone");
        for (const report of read.reports) expect(report.reference).toBe(reference);
      }),
    );
  });

  test("a body with a byte changed is refused", async () => {
    const callback = posted({ text: delivered });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(callback.body.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, bits) => {
          const body = Buffer.from(callback.body);
          body.writeUInt8(body.readUInt8(at) ^ bits, at);
          expect(await reports.read({ ...callback, body })).toEqual({ kind: "refused", why: "signature" });
        },
      ),
    );
  });
});
