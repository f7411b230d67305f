import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { AwsMessagingProvider } from "../../src/delivery/aws/messaging.ts";
import type { Provider, Speech, VoiceMessage } from "../../src/delivery/provider.ts";
import { TwilioProvider } from "../../src/delivery/twilio/twilio.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../support/faulty-http-server.ts";
import { messagingSettings } from "./aws/account.ts";
import { openTwilio, settingsAt } from "./twilio/account.ts";
import { accountAt } from "./vonage/account.ts";

const handover = { reference: "AbCd-1234_reference", withinMs: 2_000, connectWithinMs: 2_000 };

const speech: Speech = {
  locale: "en-GB",
  parts: [
    { kind: "words", text: "Your code is" },
    { kind: "code", characters: "471902" },
  ],
};

const call: VoiceMessage = { channel: "voice", to: "+447700900000", validForMs: 300_000, speech };

const keyPress = { prompt: "Press any key.", continueUrl: "https://otp.example/calls/x" };

/** What a call says of that many characters, code included. */
function speechOf(length: number): Speech {
  const text = "x".repeat(length - 6);
  return { ...speech, parts: [{ kind: "words", text }, ...speech.parts.slice(1)] };
}

/** A Twilio account that signs in with an API key and has nothing to check callbacks with. */
function twilioWithoutToken(url: string): Provider {
  const { authToken: _, ...settings } = settingsAt(url);
  return new TwilioProvider({ ...settings, apiKey: { sid: "SK", secret: "s" } }, systemClock);
}

function twilioWithoutNumber(url: string): Provider {
  const { voiceFrom: _, ...settings } = settingsAt(url);
  return new TwilioProvider(settings, systemClock);
}

function aws(baseUrl: string): Provider {
  return new AwsMessagingProvider({ ...messagingSettings, baseUrl }, systemClock);
}

function awsWithoutNumber(baseUrl: string): Provider {
  const { voiceFrom: _, ...settings } = messagingSettings;
  return new AwsMessagingProvider({ ...settings, baseUrl }, systemClock);
}

let server: FaultyHttpServer;
beforeEach(async () => {
  server = await startFaultyHttpServer();
  server.behave({ kind: "answer", status: 500 });
});
afterEach(() => server.close());

async function send(open: (url: string) => Provider, message: VoiceMessage) {
  const provider = open(server.url);
  const outcome = await provider.send(message, handover);
  await provider.close();
  return outcome;
}

type Case = readonly [what: string, open: (url: string) => Provider, changes: Partial<VoiceMessage>];

describe.each<[detail: string, cases: readonly Case[]]>([
  [
    "no number to call from",
    [
      ["Twilio", twilioWithoutNumber, {}],
      ["Vonage", (url) => accountAt(url, { voice: false }), {}],
      ["AWS", awsWithoutNumber, {}],
    ],
  ],
  [
    "no voice for the language",
    [
      ["Twilio", openTwilio, { speech: { ...speech, locale: "ka-GE" } }],
      ["Vonage", accountAt, { speech: { ...speech, locale: "ka-GE" } }],
      ["AWS", aws, { speech: { ...speech, locale: "ka-GE" } }],
    ],
  ],
  [
    "nothing to check key presses with",
    [
      ["Twilio", twilioWithoutToken, { keyPress }],
      ["Vonage", (url) => accountAt(url, { signed: false }), { keyPress }],
    ],
  ],
  [
    "speech too long for a call",
    [
      ["Twilio", openTwilio, { speech: speechOf(4_000) }],
      ["Vonage", accountAt, { speech: speechOf(1_501) }],
      ["Vonage, after a key press", accountAt, { speech: speechOf(1_501), keyPress }],
      ["Vonage, asking for a key press", accountAt, { keyPress: { ...keyPress, prompt: "x".repeat(1_501) } }],
      ["AWS", aws, { speech: speechOf(6_000) }],
    ],
  ],
])("with %s", (detail, cases) => {
  test.each(cases)("%s is asked for no call", async (_, open, changes) => {
    expect(await send(open, { ...call, ...changes })).toEqual({ kind: "accountRefused", detail });
    expect(server.requests).toEqual([]);
  });
});

test.each<Case>([
  ["Twilio", openTwilio, { speech: speechOf(3_000) }],
  ["Vonage", accountAt, { speech: speechOf(1_500) }],
  ["AWS", aws, { speech: speechOf(5_000) }],
])("%s is asked for a call as long as it takes", async (_, open, changes) => {
  await send(open, { ...call, ...changes });
  expect(server.requests).toHaveLength(1);
});
