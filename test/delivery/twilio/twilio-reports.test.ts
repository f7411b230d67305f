import { describe, expect, test } from "vitest";
import { SignedForms } from "../../../src/delivery/twilio/signed-form.ts";
import { StatusCallbacks } from "../../../src/delivery/twilio/status-callbacks.ts";
import { accountSid, authToken } from "./account.ts";
import { callback, reference } from "./callback.ts";

const reports = new StatusCallbacks(new SignedForms({ accountSid, authToken }));

/** What Twilio posts of a message and of a call, besides their states. */
const ofMessage = { MessageSid: `SM${"a".repeat(32)}`, To: "+447911123456", From: "+15005550006" };
const ofCall = {
  CallSid: `CA${"b".repeat(32)}`,
  To: "+447911123456",
  From: "+15005550007",
  Direction: "outbound-api",
  CallbackSource: "call-progress-events",
  SequenceNumber: "0",
};

async function told(parameters: Record<string, string>) {
  return await reports.read(callback(parameters));
}

describe("a message", () => {
  test.each(["delivered", "read"])("is delivered when it is %s", async (state) => {
    expect(await told({ ...ofMessage, MessageStatus: state, SmsStatus: state })).toEqual({
      kind: "reports",
      reports: [{ reference, state: "delivered" }],
    });
  });

  test.each(["accepted", "scheduled", "queued", "sending", "sent", "partially_delivered", "", "new"])(
    "that is %s is on its way",
    async (state) => {
      expect(await told({ ...ofMessage, MessageStatus: state })).toEqual({ kind: "reports", reports: [] });
    },
  );

  test.each([
    ["21211", "destinationRefused"],
    ["21614", "destinationRefused"],
    ["21635", "destinationRefused"],
    ["30005", "destinationRefused"],
    ["30006", "destinationRefused"],
    ["21610", "blocked"],
    ["30004", "blocked"],
    ["30007", "blocked"],
    ["30450", "blocked"],
    // What a Messaging Service finds only after it has taken the message.
    ["21265", "destinationRefused"],
    ["21612", "destinationRefused"],
    ["21408", "accountRefused"],
    ["30002", "accountRefused"],
    ["30024", "accountRefused"],
    ["30032", "accountRefused"],
    ["30034", "accountRefused"],
    ["30041", "accountRefused"],
    ["20500", "undelivered"],
    ["30022", "undelivered"],
    ["30001", "undelivered"],
    ["30003", "undelivered"],
    ["30008", "undelivered"],
    ["99999", "undelivered"],
  ])("that failed with code %s was %s", async (code, failure) => {
    for (const state of ["undelivered", "failed"]) {
      expect(await told({ ...ofMessage, MessageStatus: state, ErrorCode: code })).toEqual({
        kind: "reports",
        reports: [{ reference, state: "failed", failure, detail: code }],
      });
    }
  });

  test.each([{}, { ErrorCode: "" }, { ErrorCode: "+447911123456" }])(
    "that failed without a code was undelivered, and no word of Twilio's is kept: %j",
    async (code) => {
      expect(await told({ ...ofMessage, MessageStatus: "failed", ...code })).toEqual({
        kind: "reports",
        reports: [{ reference, state: "failed", failure: "undelivered" }],
      });
    },
  );
});

describe("a call", () => {
  test("is delivered when it was answered", async () => {
    expect(await told({ ...ofCall, CallStatus: "completed", CallDuration: "14" })).toEqual({
      kind: "reports",
      reports: [{ reference, state: "delivered" }],
    });
  });

  test.each([{ CallDuration: "0" }, {}])("is not delivered when it was put down at once: %j", async (how) => {
    expect(await told({ ...ofCall, CallStatus: "completed", ...how })).toEqual({
      kind: "reports",
      reports: [{ reference, state: "failed", failure: "undelivered", detail: "completed at once" }],
    });
  });

  test.each(["busy", "no-answer", "failed", "canceled"])("is not delivered when it is %s", async (state) => {
    expect(await told({ ...ofCall, CallStatus: state })).toEqual({
      kind: "reports",
      reports: [{ reference, state: "failed", failure: "undelivered", detail: state }],
    });
  });

  test("that failed tells what the carrier answered", async () => {
    const parameters = { ...ofCall, CallStatus: "failed", SipResponseCode: "404" };
    expect(await told(parameters)).toMatchObject({ reports: [{ detail: "failed SIP 404" }] });
  });

  test.each(["queued", "initiated", "ringing", "in-progress", "new"])(
    "that is %s is under way",
    async (state) => {
      expect(await told({ ...ofCall, CallStatus: state })).toEqual({ kind: "reports", reports: [] });
    },
  );

  test("put down at once is not delivered either when its signed report is cut up anew", async () => {
    const request = callback({ CallDuration: "0", CallSid: "CA5", CallStatus: "completed" });
    const parts = { AccountSid: accountSid, "ApiVersion2010-04-01": "", CallDuration0CallSid: "CA5" };
    const body = Buffer.from(new URLSearchParams({ ...parts, CallStatus: "completed" }).toString());
    expect(await reports.read({ ...request, body })).toMatchObject({ reports: [{ state: "failed" }] });
  });
});

describe("refuses", () => {
  test("a report to a URL that stands for no delivery", async () => {
    const { reference: _, ...request } = callback({ ...ofMessage, MessageStatus: "delivered" });
    expect(await reports.read(request)).toEqual({ kind: "refused", why: "no reference" });
  });

  test.each([
    ["of neither a message nor a call", { Digits: "1" }],
    ["of both", { MessageStatus: "delivered", CallStatus: "completed" }],
  ])("a signed request that is %s", async (_, parameters) => {
    expect(await told(parameters)).toEqual({ kind: "refused", why: "not of one message or one call" });
  });

  test("a report that is not signed", async () => {
    const request = callback({ ...ofMessage, MessageStatus: "delivered" });
    expect(await reports.read({ ...request, headers: {} })).toEqual({
      kind: "refused",
      why: "not signed",
    });
  });
});
