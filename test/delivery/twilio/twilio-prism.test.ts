import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { handover as bounded } from "../../contract/http-provider-contract.ts";
import { startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import { type Prism, startPrism } from "../../support/prism.ts";
import { accountSid, call, callWithKeyPress, messagingServiceSid, openTwilio, sms } from "./account.ts";

/** Twilio's own description of its API, as its command line carries it. */
const description =
  "test/counterparts/node_modules/@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json";

const handover = { ...bounded, withinMs: 20_000, connectWithinMs: 5_000 };
const byService = { from: messagingServiceSid, fromByCountry: new Map<string, string>() };

let prism: Prism;

beforeAll(async () => {
  prism = await startPrism(description);
});
afterAll(() => prism?.stop());

const everything = [
  { name: "an SMS from a number", resource: "Messages", message: sms, settings: {} },
  { name: "an SMS from a name", resource: "Messages", message: { ...sms, country: "CH" }, settings: {} },
  {
    name: "an SMS through a Messaging Service",
    resource: "Messages",
    message: sms,
    settings: { sms: byService },
  },
  { name: "a call", resource: "Calls", message: call, settings: {} },
  { name: "a call that asks for a key", resource: "Calls", message: callWithKeyPress, settings: {} },
] as const;

test.each(everything)(
  "$name is accepted by the API as Twilio describes it",
  async ({ message, settings, resource }) => {
    const provider = openTwilio(prism.url, settings);
    expect(await provider.send(message, handover)).toEqual({
      kind: "accepted",
      providerMessageId: expect.stringMatching(resource === "Calls" ? /^CA/ : /^SM/),
    });
    await provider.close();
  },
);

test.each(everything)("$name has only parameters that Twilio describes", async (one) => {
  const server = await startFaultyHttpServer();
  server.behave({ kind: "answer", status: 500 });
  const provider = openTwilio(server.url, one.settings);
  await provider.send(one.message, handover);
  await provider.close();
  await server.close();
  const sent = [...new URLSearchParams(server.requests[0]?.body).keys()];
  const known = parametersOf(one.resource);
  expect(sent).not.toEqual([]);
  expect(sent.filter((name) => !known.includes(name))).toEqual([]);
});

test("an account whose SID is none is refused by the API as Twilio describes it", async () => {
  const provider = openTwilio(prism.url, { accountSid: "AC1" });
  expect(await provider.send(sms, handover)).toEqual({ kind: "accountRefused", detail: "HTTP 422" });
  await provider.close();
});

test.each([
  ["without credentials", { credentials: {}, parameters: { To: sms.to, From: "+15005550006" }, status: 401 }],
  [
    "without a recipient",
    { credentials: { authorization: "Basic YTpi" }, parameters: { From: "+15005550006" }, status: 422 },
  ],
  [
    "with a validity that is no number",
    {
      credentials: { authorization: "Basic YTpi" },
      parameters: { To: sms.to, ValidityPeriod: "long" },
      status: 422,
    },
  ],
])("the counterpart refuses a request %s", async (_, { credentials, parameters, status }) => {
  const response = await fetch(`${prism.url}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...credentials },
    body: new URLSearchParams(parameters).toString(),
  });
  expect(response.status).toBe(status);
  await response.body?.cancel();
});

function parametersOf(resource: "Messages" | "Calls"): string[] {
  const { paths } = JSON.parse(readFileSync(description, "utf8"));
  const { post } = paths[`/2010-04-01/Accounts/{AccountSid}/${resource}.json`];
  return Object.keys(post.requestBody.content["application/x-www-form-urlencoded"].schema.properties);
}
