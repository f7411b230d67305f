import { afterEach, beforeEach, expect, test } from "vitest";
import type { TwilioProvider } from "../../../src/delivery/twilio/twilio.ts";
import { handover } from "../../contract/http-provider-contract.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import { openTwilio, sms } from "./account.ts";

let server: FaultyHttpServer;
let provider: TwilioProvider;

beforeEach(async () => {
  server = await startFaultyHttpServer();
  provider = openTwilio(server.url);
});
afterEach(async () => {
  await server.close();
  await provider.close();
});

async function outcomeOf(status: number, answer: unknown, headers: Record<string, string> = {}) {
  server.behave({ kind: "answer", status, headers, body: JSON.stringify(answer) });
  return await provider.send(sms, handover);
}

/** An error as Twilio words it: with the number in it. */
function error(status: number, code: number) {
  return {
    code,
    message: `About ${sms.to}`,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  };
}

test.each([
  [400, 14107],
  [400, 21202],
  [400, 21211],
  [400, 21214],
  [400, 21216],
  [400, 21217],
  [400, 21265],
  [400, 21266],
  [400, 21268],
  [400, 21610],
  [400, 21612],
  [400, 21614],
  [400, 21635],
])("takes %i with code %i for a refusal of the number", async (status, code) => {
  expect(await outcomeOf(status, error(status, code))).toEqual({
    kind: "destinationRefused",
    detail: String(code),
  });
});

test.each([
  [401, 20003, "signed in wrongly"],
  [403, 20005, "not active"],
  [400, 21212, "a sender that is none"],
  [400, 21408, "no permission for the region"],
  [400, 21215, "no permission to call the region"],
  [400, 21606, "somebody else's sender"],
  [400, 21608, "a trial"],
  [400, 21219, "a trial that calls"],
  [400, 21617, "a text that is too long"],
  [429, 63038, "the day's allowance used up"],
  [429, 30454, "the allowance used up"],
  [400, 999_999, "a code that nobody knows"],
])("takes %i with code %i for a refusal of the account: %s", async (status, code) => {
  expect(await outcomeOf(status, error(status, code))).toEqual({
    kind: "accountRefused",
    detail: String(code),
  });
});

test.each([
  [429, 20429],
  [400, 21611],
  [400, 22005],
  [400, 30001],
])("finds Twilio overloaded that answers %i with code %i", async (status, code) => {
  expect(await outcomeOf(status, error(status, code))).toEqual({ kind: "overloaded", detail: String(code) });
});

test("keeps off for as long as the answer asks for that has a code too", async () => {
  expect(await outcomeOf(429, error(429, 20429), { "retry-after": "3" })).toEqual({
    kind: "overloaded",
    detail: "20429",
    retryAfterMs: 3_000,
  });
});

test("believes the status of a server that failed, whatever code it gives", async () => {
  expect(await outcomeOf(500, error(500, 21211))).toMatchObject({ kind: "overloaded", detail: "HTTP 500" });
});

test.each([
  ["no id", {}],
  ["an id of something else", { sid: `PN${"a".repeat(32)}` }],
  ["an id with more behind it", { sid: `SM${"a".repeat(32)}490271` }],
  ["an id that is no text", { sid: 1 }],
  ["no object", null],
])("does not take a success for acceptance that has %s", async (_, answer) => {
  expect(await outcomeOf(201, answer)).toMatchObject({ kind: "noAnswer" });
});

test.each([
  ["text", "21211"],
  ["a fraction", 21211.5],
  ["negative", -21211],
  ["too large", 1e21],
  ["somebody's number", 447_911_123_456],
])("goes by the status when the code is %s", async (_, code) => {
  expect(await outcomeOf(400, { code })).toEqual({ kind: "accountRefused", detail: "HTTP 400" });
});
