import { z } from "zod";
import type { Policy } from "../ledger/policy.ts";
import { listOf } from "./collection-schema.ts";
import { choice, duration, wholeNumber } from "./scalar-schema.ts";
import { type Standard, standards } from "./standards.ts";

/** The limits that a policy sets itself, and the standard that sets others. */
export type Limits = Partial<Policy> & { readonly preset?: Standard };

const cooldownStep = duration({ min: "0s", max: "24h" });

const cooldownSteps = listOf(cooldownStep, { countMax: 8 });

/** One span, or the steps of a cooldown that grows. A union of the two would say of a bad step only that neither fits. */
const cooldown = z.unknown().transform((value, context): readonly number[] => {
  const parsed = Array.isArray(value) ? cooldownSteps.safeParse(value) : cooldownStep.safeParse(value);
  if (parsed.success) return typeof parsed.data === "number" ? [parsed.data] : parsed.data;
  for (const { path, message } of parsed.error.issues) {
    context.addIssue({ code: "custom", path, message, params: { showsValue: true } });
  }
  return z.NEVER;
});

/** The limits that a policy of the file sets. What it leaves out comes from the policy it builds on. */
export const policySchema = z
  .strictObject({
    preset: choice(standards).exactOptional(),
    codeLength: wholeNumber({ min: 4, max: 10 }).exactOptional(),
    codeAlphabet: choice(["digits", "letters"]).exactOptional(),
    expiry: duration({ min: "30s", max: "24h" }).exactOptional(),
    tries: wholeNumber({ min: 1, max: 10 }).exactOptional(),
    cooldown: cooldown.exactOptional(),
    sendsPerMinute: wholeNumber({ min: 1, max: 60 }).exactOptional(),
    sendsPerHour: wholeNumber({ min: 1, max: 100 }).exactOptional(),
    sendsPerDay: wholeNumber({ min: 1, max: 100 }).exactOptional(),
    verifiesPerMinute: wholeNumber({ min: 1, max: 60 }).exactOptional(),
    guessesPerDay: wholeNumber({ min: 1, max: 100 }).exactOptional(),
    resend: choice(["same", "fresh"]).exactOptional(),
    transaction: choice(["optional", "required"]).exactOptional(),
    retention: duration({ min: "1m", max: "24h" }).exactOptional(),
  })
  .transform(
    ({ expiry, cooldown, retention, ...limits }): Limits => ({
      ...limits,
      ...(expiry !== undefined && { expiryMs: expiry }),
      ...(cooldown !== undefined && { cooldownMs: cooldown }),
      ...(retention !== undefined && { retentionMs: retention }),
    }),
  );

/** The setting of the file behind each limit. */
export function settingOf(limit: keyof Policy): string {
  return limit.replace(/Ms$/, "");
}
