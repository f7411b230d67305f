import type { ModelLimits } from "./model.ts";

/** The product's defaults, as the rules name them. */
export const defaultLimits: ModelLimits = {
  codeLength: 6,
  tries: 5,
  expiryMs: 600_000,
  cooldownMs: [600_000],
  sendsPerMinute: 5,
  sendsPerHour: 10,
  sendsPerDay: 30,
  verifiesPerMinute: 10,
  guessesPerDay: 20,
  resend: "same",
  retentionMs: 86_400_000,
};
