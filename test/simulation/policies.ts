import { defaultPolicy, type Policy } from "../../src/ledger/policy.ts";
import type { ModelLimits } from "../model/model.ts";

/**
 * The limits of the profiles, small enough for short histories to meet all of them. Sessions
 * are kept longer than any history lasts: what is forgotten may be asked for anew.
 */
const limits: Readonly<Record<"alpha" | "beta", ModelLimits>> = {
  alpha: {
    codeLength: 6,
    tries: 3,
    expiryMs: 600_000,
    cooldownMs: [300_000, 1_800_000],
    sendsPerMinute: 3,
    sendsPerHour: 6,
    sendsPerDay: 9,
    verifiesPerMinute: 6,
    guessesPerDay: 5,
    resend: "same",
    retentionMs: 90 * 86_400_000,
  },
  beta: {
    codeLength: 6,
    tries: 5,
    expiryMs: 600_000,
    cooldownMs: [600_000],
    sendsPerMinute: 5,
    sendsPerHour: 10,
    sendsPerDay: 30,
    verifiesPerMinute: 10,
    guessesPerDay: 20,
    resend: "fresh",
    retentionMs: 90 * 86_400_000,
  },
};

export function limitsOf(profile: "alpha" | "beta"): ModelLimits {
  return limits[profile];
}

/** The same limits in the product's words. */
export function policyOf(profile: "alpha" | "beta"): Policy {
  return { ...defaultPolicy, ...limits[profile] };
}
