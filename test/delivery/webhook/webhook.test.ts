import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeliveryOutcome, Message } from "../../../src/delivery/provider.ts";
import { isSigned } from "../../../src/delivery/webhook/standard-webhooks.ts";
import { WebhookProvider, type WebhookSettings } from "../../../src/delivery/webhook/webhook.ts";
import { handover, httpProviderContract } from "../../contract/http-provider-contract.ts";
import {
  type Behaviour,
  type FaultyHttpServer,
  type SeenRequest,
  startFaultyHttpServer,
} from "../../support/faulty-http-server.ts";
import { clock, code, email, nowMs, secret, settingsFor, sms, voice } from "./gateway.ts";

for (const message of [sms, voice, email]) {
  httpProviderContract({
    name: `a gateway that is given ${message.channel}`,
    open: (baseUrl) => new WebhookProvider(settingsFor(`${baseUrl}/messages?from=passcode`), clock),
    message,
    code,
    accepts: { kind: "answer", status: 202, body: '{"id":"gw-1"}' },
    providerMessageId: "gw-1",
  });
}

let server: FaultyHttpServer;
const opened: WebhookProvider[] = [];

beforeEach(async () => {
  server = await startFaultyHttpServer();
  server.behave({ kind: "answer", status: 204 });
});
afterEach(async () => {
  await server.close();
  await Promise.all(opened.splice(0).map((provider) => provider.close()));
});

function gatewayWith(changes: Partial<WebhookSettings> = {}): WebhookProvider {
  const provider = new WebhookProvider({ ...settingsFor(`${server.url}/messages?a=1`), ...changes }, clock);
  opened.push(provider);
  return provider;
}

function firstRequest(): SeenRequest {
  const [request] = server.requests;
  if (request === undefined) throw new Error("nothing was sent");
  return request;
}

describe("a gateway is sent", () => {
  const inAll = { version: 1, reference: handover.reference, reportUrl: handover.reportUrl };
  const phone = { to: "+41791234567", country: "CH" };

  test.each<[string, Message, object]>([
    [
      "the text of an SMS",
      sms,
      {
        ...inAll,
        channel: "sms",
        ...phone,
        validForSeconds: 299,
        text: `Your Acme code is ${code} — „geheim“`,
      },
    ],
    [
      "what a call says, part by part and without markup",
      voice,
      {
        ...inAll,
        channel: "voice",
        ...phone,
        validForSeconds: 300,
        speech: {
          locale: "en-GB",
          parts: [
            { kind: "words", text: "Your Acme & Co code is" },
            { kind: "code", characters: code },
          ],
        },
      },
    ],
    [
      "the words that ask for a key, and no URL of ours to ask what comes next",
      { ...voice, keyPress: { prompt: "Press any key.", continueUrl: "https://otp.example/next" } },
      {
        ...inAll,
        channel: "voice",
        ...phone,
        validForSeconds: 300,
        speech: voice.speech,
        keyPress: { prompt: "Press any key." },
      },
    ],
    [
      "every part of an e-mail",
      email,
      {
        ...inAll,
        channel: "email",
        to: "someone@example.test",
        senderName: "Acme",
        subject: "Your Acme code",
        text: `Your Acme code is\n\n  ${code}\n`,
        html: `<p>Your Acme code is ${code}</p>`,
      },
    ],
  ])("%s", async (_, message, body) => {
    await gatewayWith().send(message, handover);
    expect(JSON.parse(firstRequest().body)).toStrictEqual(body);
  });

  test("no country for a number of none, and no URL for reports where none are taken", async () => {
    const { country: _, ...ofNoCountry } = sms;
    const { reportUrl: __, ...unreported } = handover;
    await gatewayWith().send(ofNoCountry, unreported);
    const body = JSON.parse(firstRequest().body);
    expect(body).not.toHaveProperty("country");
    expect(body).not.toHaveProperty("reportUrl");
  });

  test("zero seconds for a code that has died on the way", async () => {
    await gatewayWith().send({ ...sms, validForMs: -1 }, handover);
    expect(JSON.parse(firstRequest().body)).toHaveProperty("validForSeconds", 0);
  });

  test("a POST to its URL, signed, under the reference", async () => {
    await gatewayWith().send(sms, handover);
    const { method, url, headers, body } = firstRequest();
    expect({ method, url }).toEqual({ method: "POST", url: "/messages?a=1" });
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "webhook-id": handover.reference,
      "webhook-timestamp": String(Math.floor(nowMs / 1_000)),
    });
    expect(headers).not.toHaveProperty("authorization");
    const signed = { id: handover.reference, timestamp: String(headers["webhook-timestamp"]), body };
    expect(isSigned(signed, String(headers["webhook-signature"]), secret)).toBe(true);
  });

  test("the same id when it is given the same message again", async () => {
    const gateway = gatewayWith();
    await gateway.send(sms, handover);
    await gateway.send(sms, handover);
    expect(server.requests.map(({ headers }) => headers["webhook-id"])).toEqual([
      handover.reference,
      handover.reference,
    ]);
  });

  test("the authorization that it wants", async () => {
    await gatewayWith({ authorization: "Basic dTpw" }).send(sms, handover);
    expect(firstRequest().headers).toHaveProperty("authorization", "Basic dTpw");
  });
});

describe("a gateway that answers", () => {
  const outcomeWhen = (behaviour: Omit<Extract<Behaviour, { kind: "answer" }>, "kind">) => {
    server.behave({ kind: "answer", ...behaviour });
    return gatewayWith().send(sms, handover);
  };

  test.each<[number, string, DeliveryOutcome]>([
    [200, "", { kind: "accepted" }],
    [201, "{}", { kind: "accepted" }],
    [202, '{"id":"7f-1","queued":true}', { kind: "accepted", providerMessageId: "7f-1" }],
    [204, "", { kind: "accepted" }],
    [200, '{"id":7}', { kind: "accepted" }],
    [200, '{"id":"two words"}', { kind: "accepted" }],
    [200, '{"refused":"destination"}', { kind: "destinationRefused", detail: "HTTP 200" }],
    [422, '{"refused":"destination"}', { kind: "destinationRefused", detail: "HTTP 422" }],
    [500, '{"refused":"destination"}', { kind: "destinationRefused", detail: "HTTP 500" }],
    [503, '{"refused":"account"}', { kind: "accountRefused", detail: "HTTP 503" }],
    [403, '{"refused":"blocked"}', { kind: "blocked", detail: "HTTP 403" }],
    [502, "<html>502 Bad Gateway</html>", { kind: "noAnswer", detail: "HTTP 502" }],
    [500, "{}", { kind: "noAnswer", detail: "HTTP 500" }],
    [402, '{"refused":"account"}', { kind: "accountRefused", detail: "HTTP 402" }],
    [422, '{"refused":"+41791234567"}', { kind: "accountRefused", detail: "HTTP 422" }],
    [422, '{"refused":', { kind: "accountRefused", detail: "HTTP 422" }],
    [404, "no such page", { kind: "accountRefused", detail: "HTTP 404" }],
    [503, "", { kind: "overloaded", detail: "HTTP 503" }],
  ])("%i with %s", async (status, body, outcome) => {
    expect(await outcomeWhen({ status, body })).toEqual(outcome);
  });

  test.each([
    [200, "OK"],
    [200, "[]"],
    [200, "null"],
    [200, '"accepted"'],
    [200, '{"id":'],
    [200, '{"refused":"perhaps"}'],
    [203, "{}"],
    [206, "{}"],
    [200, `{"id":"${"x".repeat(64 * 1024)}"}`],
  ])("%i with %.40s has not said that it took the message", async (status, body) => {
    expect(await outcomeWhen({ status, body })).toMatchObject({ kind: "noAnswer" });
  });

  test("with success, but breaks off, has not said that it took the message", async () => {
    server.behave({ kind: "resetInBody", status: 200, body: "{" });
    expect(await gatewayWith().send(sms, handover)).toMatchObject({ kind: "noAnswer" });
  });

  test("that it has too much to do is kept off for as long as it asks for", async () => {
    expect(await outcomeWhen({ status: 503, headers: { "retry-after": "9" } })).toEqual({
      kind: "overloaded",
      detail: "HTTP 503",
      retryAfterMs: 9_000,
    });
    const until = new Date(nowMs - 678 + 30_000).toUTCString();
    expect(await outcomeWhen({ status: 429, headers: { "retry-after": until } })).toMatchObject({
      retryAfterMs: 30_000 - 678,
    });
  });
});
