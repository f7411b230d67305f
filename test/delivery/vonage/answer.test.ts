import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeliveryOutcome } from "../../../src/delivery/provider.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import { accountAt, vendorId } from "./account.ts";
import { publishedProblems } from "./published-problems.ts";

let server: FaultyHttpServer;

beforeEach(async () => {
  server = await startFaultyHttpServer();
});
afterEach(async () => {
  await server.close();
});

/** What an SMS comes to by an answer. */
async function outcomeOf(status: number, body: object): Promise<DeliveryOutcome> {
  server.behave({ kind: "answer", status, body: JSON.stringify(body) });
  const provider = accountAt(server.url);
  const outcome = await provider.send(
    { channel: "sms", locale: "en", to: "+447700900000", validForMs: 300_000, text: "471902 is your code" },
    { reference: "AbCd-1234_reference", withinMs: 2_000, connectWithinMs: 2_000 },
  );
  await provider.close();
  return outcome;
}

describe("a refusal", () => {
  test.each(publishedProblems)("of the reference, %i %j, is understood", async (status, body, outcome) => {
    expect(await outcomeOf(status, body)).toEqual(outcome);
  });

  test("of the recipient is one although its code only tells of a wrong parameter", async () => {
    const body = {
      type: "https://developer.vonage.com/api-errors/messages#1150",
      title: "Invalid params",
      invalid_parameters: [{ name: "to", reason: "447700900000 is not valid" }],
    };
    expect(await outcomeOf(422, body)).toEqual({ kind: "destinationRefused", detail: "HTTP 422 1150" });
  });

  test.each([[{ to: "Is required." }], [{ "to[0].number": "Is invalid." }], [[{ name: "to.number" }]]])(
    "of the recipient is one as the Voice API words it: %j",
    async (invalid_parameters) => {
      const body = { type: "BAD_REQUEST", error_title: "Bad Request", invalid_parameters };
      expect(await outcomeOf(400, body)).toEqual({ kind: "destinationRefused", detail: "HTTP 400" });
    },
  );

  test.each([
    [[{ name: "to" }, { name: "from" }]],
    [{ to: "Is required.", from: "Is required." }],
    [{ event_url: "Is required." }],
    [{ tone: "Is required." }],
    [{}],
    [[]],
    ["to"],
  ])("of more or else than the recipient is one of the request: %j", async (invalid_parameters) => {
    expect(await outcomeOf(422, { invalid_parameters })).toEqual({
      kind: "accountRefused",
      detail: "HTTP 422",
    });
  });

  test.each([
    ["1000", "overloaded"],
    ["1430", "destinationRefused"],
    ["1050", "blocked"],
    ["1240", "blocked"],
    ["1473", "blocked"],
    ["2001", "blocked"],
    ["1070", "accountRefused"],
    ["1420", "accountRefused"],
    ["1482", "accountRefused"],
    ["1030", "noAnswer"],
    ["1180", "noAnswer"],
  ])("with the code %s is %s", async (code, kind) => {
    const type = `https://developer.vonage.com/api-errors/messages#${code}`;
    expect(await outcomeOf(422, { type })).toEqual({ kind, detail: `HTTP 422 ${code}` });
  });

  test.each([
    ["#471902", "471902"],
    ["#447700900000", "447700900000"],
    ["#1240 471902", "1240 "],
  ])("tells nothing by a code that is not in the list: %s, %s", async (type, title) => {
    expect(await outcomeOf(422, { type, title })).toEqual({ kind: "accountRefused", detail: "HTTP 422" });
  });

  test("is none the less one for naming a message", async () => {
    const body = { message_uuid: vendorId, uuid: vendorId };
    expect(await outcomeOf(422, body)).toEqual({ kind: "accountRefused", detail: "HTTP 422" });
  });
});

test.each(["", "a b", "x".repeat(65), "447700900000 471902"])(
  "a success with %j for an id says nothing of Vonage's",
  async (message_uuid) => {
    expect(await outcomeOf(202, { message_uuid })).toMatchObject({ kind: "noAnswer" });
  },
);
