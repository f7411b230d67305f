import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Callback } from "../../../src/delivery/provider.ts";
import { SignedReports } from "../../../src/delivery/webhook/signed-reports.ts";
import { signatureOf } from "../../../src/delivery/webhook/standard-webhooks.ts";
import { nowMs, secret } from "./gateway.ts";

const reports = new SignedReports(secret);
const reference = "AbCd-1234_reference";
const nowS = Math.floor(nowMs / 1_000);

interface Posted {
  text: string;
  id?: string;
  timestamp?: string;
  by?: typeof secret;
}

/** A callback as the gateway makes it. */
function posted({ text, id = "msg_1", timestamp = String(nowS), by = secret }: Posted): Callback {
  const body = Buffer.from(text);
  return {
    method: "POST",
    url: `https://otp.example/reports/gateway/${reference}`,
    headers: {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signatureOf({ id, timestamp, body }, by),
    },
    body,
    reference,
    nowMs,
  };
}

const report = (fields: object) => JSON.stringify({ reference, ...fields });
const delivered = report({ state: "delivered" });

describe("a gateway's report", () => {
  test.each<[string, object, object]>([
    ["that the message arrived", { state: "delivered" }, { state: "delivered" }],
    ["that it did not", { state: "failed" }, { state: "failed" }],
    [
      "that it cannot arrive there",
      { state: "failed", failure: "destination", detail: "E-404" },
      { state: "failed", failure: "destinationRefused", detail: "E-404" },
    ],
    [
      "that a filter held it up",
      { state: "failed", failure: "blocked", detail: "30007" },
      { state: "failed", failure: "blocked", detail: "30007" },
    ],
    [
      "that its own account is the reason",
      { state: "failed", failure: "account" },
      { state: "failed", failure: "accountRefused" },
    ],
    [
      "that something else happened, with a field of later times",
      { state: "failed", failure: "undelivered", attempts: 3 },
      { state: "failed", failure: "undelivered" },
    ],
  ])("%s is read", async (_, said, read) => {
    expect(await reports.read(posted({ text: report(said) }))).toEqual({
      kind: "reports",
      reports: [{ reference, ...read }],
    });
  });

  test("is read at a URL that is nobody's in particular", async () => {
    const { reference: _, ...callback } = posted({ text: delivered });
    expect(await reports.read(callback)).toMatchObject({ reports: [{ reference, state: "delivered" }] });
  });

  test.each([
    "+41791234567",
    "41791234567",
    "someone@example.test",
    "code 471902",
    "4-7-1-9-0-2",
    "x".repeat(65),
  ])("says no more than a code to the log: not %s", async (detail) => {
    expect(await reports.read(posted({ text: report({ state: "failed", detail }) }))).toEqual({
      kind: "reports",
      reports: [{ reference, state: "failed" }],
    });
  });
});

describe("refuses a report", () => {
  const refused = (why: string) => ({ kind: "refused", why });

  test("that another secret has signed", async () => {
    const by = createSecretKey(Buffer.alloc(32, 7));
    expect(await reports.read(posted({ text: delivered, by }))).toEqual(refused("signature"));
  });

  test("that nobody has signed", async () => {
    const callback = posted({ text: delivered });
    const { "webhook-signature": _, ...headers } = callback.headers;
    expect(await reports.read({ ...callback, headers })).toEqual(refused("signature"));
    expect(await reports.read({ ...callback, headers: {} })).toMatchObject({ kind: "refused" });
  });

  test("whose body is not the one that was signed", async () => {
    const callback = posted({ text: report({ state: "failed" }) });
    expect(await reports.read({ ...callback, body: Buffer.from(delivered) })).toEqual(refused("signature"));
  });

  test("whose time is not the one that was signed", async () => {
    const callback = posted({ text: delivered, timestamp: String(nowS - 3_600) });
    const headers = { ...callback.headers, "webhook-timestamp": String(nowS) };
    expect(await reports.read({ ...callback, headers })).toEqual(refused("signature"));
  });

  test("of more than five minutes ago, or more than a minute ahead", async () => {
    const at = (secondsAgo: number) =>
      reports.read({
        ...posted({ text: delivered, timestamp: String(nowS - secondsAgo) }),
        nowMs: nowS * 1_000,
      });
    expect(await at(300)).toMatchObject({ kind: "reports" });
    expect(await at(301)).toEqual(refused("too old"));
    expect(await at(-60)).toMatchObject({ kind: "reports" });
    expect(await at(-61)).toEqual(refused("of the future"));
  });

  test.each(["", "soon", "-1", "1e9", "17673230450000"])("whose time is %j", async (timestamp) => {
    expect(await reports.read(posted({ text: delivered, timestamp }))).toEqual(refused("no timestamp"));
  });

  test.each(["", "msg.1", "x".repeat(201)])("whose id is %j", async (id) => {
    expect(await reports.read(posted({ text: delivered, id }))).toEqual(refused("no id"));
  });

  test("on another message than the one whose URL it was posted to", async () => {
    const text = JSON.stringify({ reference: "another", state: "delivered" });
    expect(await reports.read(posted({ text }))).toEqual(refused("of another message"));
  });

  test.each([
    "",
    "null",
    "[]",
    delivered.slice(0, -1),
    "<report/>",
    '{"state":"delivered"}',
    report({}),
    report({ state: "sent" }),
    report({ state: "failed", failure: "tired" }),
    report({ state: "failed", failure: null }),
    JSON.stringify({ reference: "a b", state: "delivered" }),
    JSON.stringify({ reference: 7, state: "delivered" }),
    JSON.stringify({ version: 1, reference, channel: "sms", to: "+41791234567", text: "471902" }),
  ])("that is none, though it is signed: %s", async (text) => {
    expect(await reports.read(posted({ text }))).toEqual(refused("not a report"));
  });
});

describe("whatever is posted", () => {
  test("nothing unsigned is believed, and reading does not throw", async () => {
    const anyText = fc.oneof(fc.string(), fc.json(), fc.constant(delivered));
    const anyHeader = fc.oneof(fc.string(), fc.constant(undefined), fc.constant(String(nowS)));
    await fc.assert(
      fc.asyncProperty(anyText, anyHeader, anyHeader, anyHeader, async (text, id, timestamp, signature) => {
        const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
        const read = await reports.read({ ...posted({ text }), headers });
        expect(read.kind).toBe("refused");
        expect(JSON.stringify(read)).not.toContain(reference);
      }),
    );
  });

  test("a signed body is a report or is refused", async () => {
    const anyReport = fc.record(
      {
        reference: fc.constantFrom(reference, "another", 7, null),
        state: fc.constantFrom("delivered", "failed", "sent", {}),
        failure: fc.constantFrom("destination", "blocked", "undelivered", "__proto__", [], 0),
        detail: fc.oneof(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyReport, fc.jsonValue()), async (value) => {
        const read = await reports.read(posted({ text: JSON.stringify(value) }));
        if (read.kind === "refused") return;
        expect(read.reports).toHaveLength(1);
        expect(read.reports[0]).toMatchObject({
          reference,
          state: expect.stringMatching(/^(delivered|failed)$/),
        });
      }),
    );
  });

  test("a body or a signature with a byte changed is refused", async () => {
    const callback = posted({ text: delivered });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(callback.body.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, bits) => {
          const body = Buffer.from(callback.body);
          body.writeUInt8(body.readUInt8(at) ^ bits, at);
          expect(await reports.read({ ...callback, body })).toMatchObject({ kind: "refused" });
        },
      ),
    );
  });
});
