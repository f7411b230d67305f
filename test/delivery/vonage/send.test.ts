import fc from "fast-check";
import { jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handover, Message, SmsMessage, VoiceMessage } from "../../../src/delivery/provider.ts";
import type { VonageProvider } from "../../../src/delivery/vonage/vonage.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import { accountAt, applicationId, nowMs, publicKey, vendorId } from "./account.ts";
import { callRequestForm, messageRequestForm } from "./published-api.ts";

const handover: Handover = {
  reference: "AbCd-1234_reference",
  reportUrl: "https://otp.example/reports/vonage/AbCd-1234_reference",
  withinMs: 2_000,
  connectWithinMs: 2_000,
};

const sms: SmsMessage = {
  channel: "sms",
  locale: "en",
  to: "+447700900000",
  validForMs: 300_000,
  text: "471902 is your code",
};

const call: VoiceMessage = {
  channel: "voice",
  to: "+447700900000",
  validForMs: 300_000,
  speech: {
    locale: "en-GB",
    parts: [
      { kind: "words", text: "Your code is" },
      { kind: "code", characters: "4B" },
    ],
  },
};

const keyPress = { prompt: "Press any key to hear your code", continueUrl: "https://otp.example/calls/x" };

type Ability = NonNullable<Parameters<typeof accountAt>[1]>;

let server: FaultyHttpServer;
const opened: VonageProvider[] = [];

beforeEach(async () => {
  server = await startFaultyHttpServer();
  const body = JSON.stringify({ message_uuid: vendorId, uuid: vendorId });
  server.behave({ kind: "answer", status: 202, body });
});
afterEach(async () => {
  for (const provider of opened.splice(0)) await provider.close();
  await server.close();
});

function account(ability: Ability = {}): VonageProvider {
  const provider = accountAt(server.url, ability);
  opened.push(provider);
  return provider;
}

async function requestOf(message: Message, by = account(), given = handover) {
  await by.send(message, given);
  const request = server.requests.at(-1);
  if (request === undefined) throw new Error("nothing was sent");
  return { ...request, body: JSON.parse(request.body) as unknown };
}

describe("an SMS", () => {
  test("is posted to the Messages API as its reference has it", async () => {
    const { method, url, headers, body } = await requestOf(sms);

    expect([method, url, headers["content-type"]]).toEqual(["POST", "/v1/messages", "application/json"]);
    expect(body).toEqual({
      message_type: "text",
      channel: "sms",
      to: "447700900000",
      from: "Acme",
      text: "471902 is your code",
      ttl: 300,
      sms: { encoding_type: "auto" },
      client_ref: "AbCd-1234_reference",
      webhook_url: "https://otp.example/reports/vonage/AbCd-1234_reference",
      webhook_version: "v1",
    });
    messageRequestForm.parse(body);
  });

  test("asks for no reports where none are taken", async () => {
    const { reportUrl: _, ...silent } = handover;
    const { body } = await requestOf(sms, account(), silent);
    expect(body).not.toHaveProperty("webhook_url");
    expect(body).not.toHaveProperty("webhook_version");
  });

  test("to India names what is registered there, and goes out in no other words", async () => {
    const dlt = { entityId: "1101", templateIds: new Map([["hi", "1107"]]) };
    const registered = accountAt(server.url, { dlt });
    const { body } = await requestOf({ ...sms, country: "IN", locale: "hi" }, registered);
    expect(body).toMatchObject({ sms: { encoding_type: "auto", entity_id: "1101", content_id: "1107" } });
    messageRequestForm.parse(body);
    const elsewhere = await requestOf({ ...sms, country: "CH", locale: "hi" }, registered);
    expect(elsewhere.body).toMatchObject({ sms: { encoding_type: "auto" } });
    expect(JSON.stringify(elsewhere.body)).not.toContain("1101");
    const unregistered = await registered.send({ ...sms, country: "IN", locale: "en" }, handover);
    expect(unregistered).toMatchObject({ kind: "accountRefused" });
    expect(server.requests).toHaveLength(2);
    await registered.close();
  });

  test("is from the sender for its country", async () => {
    expect((await requestOf({ ...sms, country: "US" })).body).toMatchObject({ from: "14155550100" });
    expect((await requestOf({ ...sms, country: "CH" })).body).toMatchObject({ from: "Acme" });
  });

  test("stays within what the reference allows, whatever it says and however long it is of use", async () => {
    const provider = account();
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary", maxLength: 500 }),
        fc.nat({ max: 10 ** 12 }),
        async (text, validForMs) => {
          const { body } = await requestOf({ ...sms, text, validForMs }, provider);
          const { ttl = 0, text: sent } = messageRequestForm.parse(body);
          expect(sent).toBe(text.toWellFormed());
          expect(ttl).toBe(Math.min(604_800, Math.max(20, Math.floor(validForMs / 1_000))));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("a call", () => {
  test("is posted to the Voice API as its reference has it", async () => {
    const { method, url, headers, body } = await requestOf(call);

    expect([method, url, headers["content-type"]]).toEqual(["POST", "/v1/calls", "application/json"]);
    expect(body).toEqual({
      to: [{ type: "phone", number: "447700900000" }],
      from: { type: "phone", number: "447700900001" },
      ncco: [
        {
          action: "talk",
          text:
            "<speak>Your code is<break time='600ms'/><say-as interpret-as='digits'>4</say-as>" +
            "<break time='600ms'/><say-as interpret-as='character'>B</say-as></speak>",
          language: "en-GB",
          style: 0,
        },
      ],
      ringing_timer: 45,
      event_url: ["https://otp.example/reports/vonage/AbCd-1234_reference"],
      event_method: "POST",
    });
    callRequestForm.parse(body);
  });

  test("says nothing of the code where it asks for a key first", async () => {
    const { body } = await requestOf({ ...call, keyPress });

    expect(callRequestForm.parse(body).ncco).toEqual([
      {
        action: "talk",
        text: "<speak>Press any key to hear your code</speak>",
        language: "en-GB",
        style: 0,
        bargeIn: true,
      },
      {
        action: "input",
        type: ["dtmf"],
        dtmf: { maxDigits: 1, timeOut: 10 },
        eventUrl: ["https://otp.example/calls/x"],
        eventMethod: "POST",
      },
    ]);
  });

  test("asks for no events where none are taken", async () => {
    const { reportUrl: _, ...silent } = handover;
    expect((await requestOf(call, account(), silent)).body).not.toHaveProperty("event_url");
  });

  test.each([
    [1, 1],
    [30_999, 30],
    [3_600_000, 45],
  ])("rings no longer than its code lives: for %i ms, %i seconds", async (validForMs, seconds) => {
    const { body } = await requestOf({ ...call, validForMs });
    expect(callRequestForm.parse(body).ringing_timer).toBe(seconds);
  });

  test("goes to the host of its own where there is one", async () => {
    const voice = await startFaultyHttpServer();
    voice.behave({ kind: "answer", status: 201, body: JSON.stringify({ uuid: vendorId }) });
    const provider = account({ voiceBaseUrl: voice.url });
    await provider.send(call, handover);
    await provider.send(sms, handover);

    expect(voice.requests.map(({ url }) => url)).toEqual(["/v1/calls"]);
    expect(server.requests.map(({ url }) => url)).toEqual(["/v1/messages"]);
    await voice.close();
  });
});

test("an SMS is not sent for want of a sender", async () => {
  const outcome = await account({ sms: false }).send(sms, handover);
  expect(outcome).toEqual({ kind: "accountRefused", detail: "no sender of SMS" });
  expect(server.requests).toEqual([]);
});

test("an e-mail is not sent", async () => {
  const mail: Message = {
    channel: "email",
    to: "a@b.example",
    senderName: "",
    subject: "",
    text: "",
    html: "",
  };
  expect(await account().send(mail, handover)).toEqual({ kind: "destinationRefused", detail: "not a phone" });
  expect(server.requests).toEqual([]);
});

describe("an account", () => {
  test.each<[what: string, ability: Ability, channels: string[], reports: boolean, keyPresses: boolean]>([
    ["with everything can do everything", {}, ["sms", "voice"], true, true],
    ["without a number to call from does not call", { voice: false }, ["sms"], true, false],
    ["without a sender of SMS sends none", { sms: false }, ["voice"], true, true],
    ["without a secret hears nothing", { signed: false }, ["sms", "voice"], false, false],
  ])("%s", (_, ability, channels, reports, keyPresses) => {
    const provider = account(ability);
    expect(provider.channels).toEqual(channels);
    expect(provider.reports !== undefined).toBe(reports);
    expect(provider.keyPresses !== undefined).toBe(keyPresses);
  });
});

test("a request carries a token that the public key verifies, and that is good for minutes", async () => {
  const { headers } = await requestOf(sms);
  const { payload, protectedHeader } = await jwtVerify(
    String(headers["authorization"]).replace("Bearer ", ""),
    publicKey,
    { algorithms: ["RS256"], currentDate: new Date(nowMs) },
  );

  expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT" });
  expect(payload).toEqual({
    application_id: applicationId,
    iat: nowMs / 1_000,
    exp: nowMs / 1_000 + 300,
    jti: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});
