import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { AwsMessagingProvider, type AwsMessagingSettings } from "../../../src/delivery/aws/messaging.ts";
import type { EmailMessage, SmsMessage, VoiceMessage } from "../../../src/delivery/provider.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import { handover, messagingSettings } from "./account.ts";

const sms: SmsMessage = {
  channel: "sms",
  locale: "en",
  to: "+41791234567",
  country: "CH",
  text: "Zürich Käse: 493817 ist dein Code.",
  validForMs: 300_999,
};

const call: VoiceMessage = {
  channel: "voice",
  to: "+41791234567",
  country: "CH",
  speech: {
    locale: "de-CH",
    parts: [
      { kind: "words", text: "Hier ist R&D <Labs>. Dein Code:" },
      { kind: "code", characters: "4A" },
    ],
  },
  validForMs: 300_000,
};

let server: FaultyHttpServer;
beforeEach(async () => {
  server = await startFaultyHttpServer();
  server.behave({ kind: "answer", status: 200, body: '{"MessageId":"1"}' });
});
afterEach(() => server.close());

async function send(
  message: SmsMessage | VoiceMessage | EmailMessage,
  settings?: Partial<AwsMessagingSettings>,
) {
  const provider = new AwsMessagingProvider(
    { ...messagingSettings, baseUrl: server.url, ...settings },
    systemClock,
  );
  try {
    return await provider.send(message, handover);
  } finally {
    await provider.close();
  }
}

function sent() {
  const [request] = server.requests;
  return { headers: request?.headers ?? {}, body: JSON.parse(request?.body ?? "null") as unknown };
}

test("calls SendTextMessage, signed for the region and the service", async () => {
  await send(sms);
  const { headers } = sent();
  expect(headers).toMatchObject({
    "x-amz-target": "PinpointSMSVoiceV2.SendTextMessage",
    "content-type": "application/x-amz-json-1.0",
    host: new URL(server.url).host,
  });
  expect(headers["authorization"]).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/[0-9]{8}\/eu-central-1\/sms-voice\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
  );
});

test("sends the text as it is, with the reference, for as long as the code lives", async () => {
  await send(sms);
  expect(sent().body).toEqual({
    DestinationPhoneNumber: "+41791234567",
    MessageBody: "Zürich Käse: 493817 ist dein Code.",
    MessageType: "TRANSACTIONAL",
    TimeToLive: 300,
    Context: { passcode_reference: "AbCd-1234_reference" },
  });
});

describe("to India", () => {
  const dlt = { entityId: "1101", templateIds: new Map([["de", "1107"]]) };

  test("names what is registered there of the sender and of the words", async () => {
    await send({ ...sms, country: "IN", locale: "de" }, { dlt });
    expect(sent().body).toMatchObject({
      DestinationCountryParameters: { IN_ENTITY_ID: "1101", IN_TEMPLATE_ID: "1107" },
    });
  });

  test("sends no words that nobody has registered, which the operators would drop", async () => {
    expect(await send({ ...sms, country: "IN", locale: "en" }, { dlt })).toMatchObject({
      kind: "accountRefused",
    });
    expect(server.requests).toEqual([]);
  });

  test("alone: no other country is told of it", async () => {
    await send({ ...sms, country: "CH", locale: "en" }, { dlt });
    expect(sent().body).not.toHaveProperty("DestinationCountryParameters");
  });
});

test("signs with the session of temporary credentials", async () => {
  await send(sms, { credentials: { accessKeyId: "ASIA1", secretAccessKey: "s", sessionToken: "a session" } });
  expect(sent().headers["x-amz-security-token"]).toBe("a session");
});

test.each([
  ["its own sender", "CH", "ACME"],
  ["the usual sender", "DE", "pool-1"],
  ["the usual sender, if it is of none,", undefined, "pool-1"],
])("a country gets %s", async (_, country, origin) => {
  const { country: __, ...anywhere } = sms;
  const settings = { from: "pool-1", fromByCountry: new Map([["CH", "ACME"]]), configurationSet: "codes" };
  await send({ ...anywhere, ...(country !== undefined && { country }) }, settings);
  expect(sent().body).toMatchObject({ OriginationIdentity: origin, ConfigurationSetName: "codes" });
});

test.each([
  ["at least the 5 seconds", 0, 5],
  ["at most the 3 days", 7 * 24 * 3_600_000, 259_200],
])("a message is valid for %s that AWS takes", async (_, validForMs, seconds) => {
  await send({ ...sms, validForMs });
  expect(sent().body).toMatchObject({ TimeToLive: seconds });
});

test("calls with a voice of the language, which says the code slowly and one by one", async () => {
  await send(call, { from: "pool-1", configurationSet: "codes" });
  const { headers, body } = sent();
  expect(headers["x-amz-target"]).toBe("PinpointSMSVoiceV2.SendVoiceMessage");
  expect(body).toEqual({
    DestinationPhoneNumber: "+41791234567",
    OriginationIdentity: "+41446681800",
    MessageBody:
      "<speak>Hier ist R&amp;D &lt;Labs&gt;. Dein Code: " +
      '<break time="500ms"/><prosody rate="slow">' +
      '<say-as interpret-as="characters">4</say-as><break time="400ms"/>' +
      '<say-as interpret-as="characters">A</say-as>' +
      '</prosody><break time="700ms"/></speak>',
    MessageBodyTextType: "SSML",
    VoiceId: "VICKI",
    TimeToLive: 300,
    Context: { passcode_reference: "AbCd-1234_reference" },
    ConfigurationSetName: "codes",
  });
});

describe("asks AWS nothing", () => {
  afterEach(() => expect(server.requests).toEqual([]));

  test("of an e-mail", async () => {
    const email: EmailMessage = {
      channel: "email",
      to: "a@b.example",
      senderName: "",
      subject: "",
      text: "",
      html: "",
    };
    expect(await send(email)).toMatchObject({ kind: "destinationRefused" });
  });
});

test("delivers no calls without a number to call from", () => {
  const { voiceFrom: _, ...settings } = messagingSettings;
  expect(new AwsMessagingProvider(settings, systemClock).channels).toEqual(["sms"]);
});

test("has no key presses, for AWS calls cannot ask for one", () => {
  const provider = new AwsMessagingProvider(messagingSettings, systemClock);
  expect(provider.channels).toEqual(["sms", "voice"]);
  expect(provider).not.toHaveProperty("keyPresses");
});

test("a message that comes after the provider was closed stays here", async () => {
  const provider = new AwsMessagingProvider({ ...messagingSettings, baseUrl: server.url }, systemClock);
  await provider.close();
  expect(await provider.send(sms, handover)).toMatchObject({ kind: "unreachable" });
  expect(server.requests).toEqual([]);
});
