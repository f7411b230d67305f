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
  return await provider.send(sms, { ...handover, withinMs: 5_000, connectWithinMs: 5_000 });
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
  [400, 21202],
  [400, 21211],
  [400, 21214],
  [400, 21217],
  [400, 21265],
  [400, 21266],
  [400, 21268],
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
  [400, 21610, "an opt-out"],
  [403, 30450, "its guard against fraud"],
  [400, 21216, "its list of blocked numbers"],
  [400, 30004, "the phone"],
  [400, 30007, "a filter"],
  [400, 14107, "too many messages to one number"],
])("takes %i with code %i for a block: by %s", async (status, code) => {
  expect(await outcomeOf(status, error(status, code))).toEqual({ kind: "blocked", detail: String(code) });
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
  [503, 20503],
  [400, 10004],
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

// Twilio: if a request is repeated that was answered with 20500, customers may get several messages or calls.
test.each([
  [500, 20500],
  [503, 20500],
  [400, 20500],
  [400, 30410],
  [500, 21211],
  [502, 20429],
])("does not know what became of a message that is answered with %i and code %i", async (status, code) => {
  expect(await outcomeOf(status, error(status, code))).toEqual({ kind: "noAnswer", detail: String(code) });
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
