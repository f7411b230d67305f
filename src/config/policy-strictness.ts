import type { Policy } from "../ledger/policy.ts";
import { durationText } from "./duration.ts";
import { type Limits, settingOf } from "./policy-schema.ts";
import type { Path, Problem } from "./problem.ts";

/** A problem for each limit given that lets through more than the same limit of the base. */
export function looserLimits(base: Policy, { preset: _, ...given }: Limits, path: Path): Problem[] {
  // The keys of a parsed policy are the schema's.
  return (Object.keys(given) as (keyof Policy)[])
    .filter((limit) => isLooserAt(limit, given, base))
    .map((limit) => ({
      path: [...path, settingOf(limit)],
      message: `must not be looser than the profile's own, which is ${limitText(limit, base)}`,
      showsValue: true,
    }));
}

/** For each limit, whether the first value lets through more than the second. Resending has no stricter way. */
const isLooser: { readonly [L in keyof Policy]: (one: Policy[L], other: Policy[L]) => boolean } = {
  codeLength: (one, other) => one < other,
  codeAlphabet: (one, other) => one === "digits" && other === "letters",
  expiryMs: (one, other) => one > other,
  tries: (one, other) => one > other,
  cooldownMs: isShorterCooldown,
  sendsPerMinute: (one, other) => one > other,
  sendsPerHour: (one, other) => one > other,
  sendsPerDay: (one, other) => one > other,
  verifiesPerMinute: (one, other) => one > other,
  guessesPerDay: (one, other) => one > other,
  resend: () => false,
  transaction: (one, other) => one === "optional" && other === "required",
  retentionMs: (one, other) => one > other,
};

/** Step by step; the last step of each repeats. */
function isShorterCooldown(one: readonly number[], other: readonly number[]): boolean {
  const steps = Array.from({ length: Math.max(one.length, other.length) }, (_, step) => step);
  const stepOf = (cooldown: readonly number[], step: number) => cooldown[step] ?? cooldown.at(-1) ?? 0;
  return steps.some((step) => stepOf(one, step) < stepOf(other, step));
}

function limitText(limit: keyof Policy, policy: Policy): string {
  const values = [policy[limit]].flat();
  return values
    .map((value) => (typeof value === "number" && limit.endsWith("Ms") ? durationText(value) : value))
    .join(", ");
}

function isLooserAt<L extends keyof Policy>(limit: L, given: Partial<Policy>, base: Policy): boolean {
  const value = given[limit];
  return value !== undefined && isLooser[limit](value, base[limit]);
}
