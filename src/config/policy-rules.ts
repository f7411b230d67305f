import { defaultPolicy, type Policies, type Policy } from "../ledger/policy.ts";
import { type Limits, policySchema, settingOf } from "./policy-schema.ts";
import { looserLimits } from "./policy-strictness.ts";
import type { Path, Problem } from "./problem.ts";
import { type Requirement, requirements, type Standard } from "./standards.ts";
import { fieldsOf } from "./unchecked.ts";

/** Puts the limits that a profile sets on top of the defaults, and its named policies on top of that. */
export function resolvePolicies(base: Limits, named: ReadonlyMap<string, Limits>): Policies {
  const whole = builtOn(defaultPolicy, base);
  return { base: whole, named: new Map([...named].map(([name, limits]) => [name, builtOn(whole, limits)])) };
}

/** A policy on top of another: what it sets itself, then what its preset asks for beyond that. */
export function builtOn(base: Policy, { preset, ...given }: Limits): Policy {
  const policy = { ...base, ...given };
  if (preset === undefined) return policy;
  const missed = unmet(policy, preset).filter(({ limits }) =>
    limits.every((limit) => given[limit] === undefined),
  );
  return Object.assign({}, policy, ...missed.map(({ preset }) => preset));
}

/** What of a standard the policy does not meet. */
export function unmet(policy: Policy, standard: Standard): readonly Requirement[] {
  return requirements[standard].filter(({ holds }) => !holds(policy));
}

/** A problem for each limit of a policy that would loosen what its preset stands for. */
function loosenedPresets(policy: Policy, { preset, ...given }: Limits, path: Path): Problem[] {
  if (preset === undefined) return [];
  return unmet(policy, preset).map(({ limits, says, clause }) => {
    const limit = limits.find((one) => given[one] !== undefined) ?? limits[0];
    const message = `must be ${says} with the preset ${preset} (${clause})`;
    return { path: [...path, settingOf(limit)], message, showsValue: true };
  });
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
  const whole = builtOn(defaultPolicy, base.data);
  const problems = [
    ...contradictions(whole, base.data, [...path, "policy"]),
    ...loosenedPresets(whole, base.data, [...path, "policy"]),
  ];
  for (const [name, given] of fieldsOf(policies)) {
    const limits = policySchema.safeParse(given);
    if (!limits.success) continue;
    const inner = [...path, "policies", name];
    const policy = builtOn(whole, limits.data);
    problems.push(...contradictions(policy, limits.data, inner));
    problems.push(...loosenedPresets(policy, limits.data, inner));
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
