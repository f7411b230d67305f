import type { EmailMessage } from "../../../src/delivery/provider.ts";
import type { SendGridSettings } from "../../../src/delivery/sendgrid/sendgrid.ts";

/** 2026-01-02T03:04:05Z */
export const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
export const clock = { nowMs: () => nowMs };

export const apiKey = "SG.an-id.a-secret";

export const settingsFor = (baseUrl: string): SendGridSettings => ({
  baseUrl,
  apiKey,
  from: "codes@acme.test",
  timeoutMs: 1_000,
  connectTimeoutMs: 1_000,
});

export const code = "471902";

export const message: EmailMessage = {
  channel: "email",
  to: "someone@example.test",
  senderName: "Acme, Inc.",
  subject: "Your Acme code",
  text: `Your Acme code is\n\n  ${code}\n`,
  html: `<p>Your Acme code is ${code}</p>`,
};
