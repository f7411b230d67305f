import { defaultPolicy, type Policies, type Policy } from "../ledger/policy.ts";
import { policySchema } from "./policy-schema.ts";
import { type Limits, looserLimits } from "./policy-strictness.ts";
import type { Path, Problem } from "./problem.ts";
import { fieldsOf } from "./unchecked.ts";

/** Puts the limits that a profile sets on top of the defaults, and its named policies on top of that. */
export function resolvePolicies(base: Limits, named: ReadonlyMap<string, Limits>): Policies {
  const whole = { ...defaultPolicy, ...base };
  return {
    base: whole,
    named: new Map([...named].map(([name, limits]) => [name, { ...whole, ...limits }])),
  };
}

/**
 * Judges the policies of a profile as the file has them: each in itself, and each named
 * one against the profile's own, which it may only tighten. A caller chooses among them,
 * so a looser one would let a request loosen a limit.
 *
 * Policies that break the schema are passed over, as they are reported elsewhere.
 */
export function policyProblems(
  { policy, policies }: { policy: unknown; policies: unknown },
  path: Path,
): Problem[] {
  const base = policySchema.safeParse(policy ?? {});
  if (!base.success) return [];
  const whole = { ...defaultPolicy, ...base.data };
  const problems = contradictions(whole, base.data, [...path, "policy"]);
  for (const [name, given] of fieldsOf(policies)) {
    const limits = policySchema.safeParse(given);
    if (!limits.success) continue;
    const inner = [...path, "policies", name];
    problems.push(...contradictions({ ...whole, ...limits.data }, limits.data, inner));
    problems.push(...looserLimits(whole, limits.data, inner));
  }
  return problems;
}

/** Pairs of limits of which the first must not exceed the second, or it could never be reached. */
const ascending = [
  ["sendsPerMinute", "sendsPerHour"],
  ["sendsPerHour", "sendsPerDay"],
  ["tries", "guessesPerDay"],
] as const;

function contradictions(policy: Policy, given: Limits, path: Path): Problem[] {
  return ascending.flatMap(([lower, upper]) => {
    if (policy[lower] <= policy[upper]) return [];
    // Reported where the file has it: one of the two may come from elsewhere.
    if (given[lower] === undefined && given[upper] === undefined) return [];
    const problem =
      given[lower] !== undefined
        ? { path: [...path, lower], message: `must be at most ${upper}, which is ${policy[upper]}` }
        : { path: [...path, upper], message: `must be at least ${lower}, which is ${policy[lower]}` };
    return [{ ...problem, showsValue: true }];
  });
}
