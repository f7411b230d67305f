import { defaultPolicy, type Policy } from "../../src/ledger/policy.ts";
import type { ModelLimits } from "../model/model.ts";

const minuteMs = 60_000;

/**
 * Tight limits, so that a short history meets all of them.
 *
 * No two of their spans are equal: where several limits refuse, the one that lasts
 * longest speaks, and a history without instants must know which that is.
 */
export const limits: ModelLimits = {
  codeLength: 6,
  tries: 3,
  expiryMs: 10 * minuteMs,
  cooldownMs: [20 * minuteMs],
  sendsPerMinute: 5,
  sendsPerHour: 30,
  sendsPerDay: 30,
  verifiesPerMinute: 6,
  guessesPerDay: 5,
  resend: "same",
  retentionMs: 24 * 60 * minuteMs,
};

/** The same for a service in this process. */
export const policy: Policy = { ...defaultPolicy, ...limits };

/** The same for a configuration file. */
export const policyYaml = `{tries: ${limits.tries}, cooldown: 20m, sendsPerMinute: ${limits.sendsPerMinute}, sendsPerHour: ${limits.sendsPerHour}, verifiesPerMinute: ${limits.verifiesPerMinute}, guessesPerDay: ${limits.guessesPerDay}}`;
