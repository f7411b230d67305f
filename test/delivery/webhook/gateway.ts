import { createSecretKey } from "node:crypto";
import type { EmailMessage, SmsMessage, VoiceMessage } from "../../../src/delivery/provider.ts";
import type { WebhookSettings } from "../../../src/delivery/webhook/webhook.ts";

/** 2026-01-02T03:04:05.678Z */
export const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
export const clock = { nowMs: () => nowMs };

export const secret = createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)));

export const settingsFor = (url: string): WebhookSettings => ({
  url,
  secret,
  channels: ["sms", "voice", "email"],
  timeoutMs: 1_000,
  connectTimeoutMs: 1_000,
});

export const code = "471902";

export const sms: SmsMessage = {
  channel: "sms",
  locale: "en",
  to: "+41791234567",
  country: "CH",
  validForMs: 299_999,
  text: `Your Acme code is ${code} — „geheim“`,
};

export const voice: VoiceMessage = {
  channel: "voice",
  to: "+41791234567",
  country: "CH",
  validForMs: 300_000,
  speech: {
    locale: "en-GB",
    parts: [
      { kind: "words", text: "Your Acme & Co code is" },
      { kind: "code", characters: code },
    ],
  },
};

export const email: EmailMessage = {
  channel: "email",
  to: "someone@example.test",
  senderName: "Acme",
  subject: "Your Acme code",
  text: `Your Acme code is\n\n  ${code}\n`,
  html: `<p>Your Acme code is ${code}</p>`,
};
