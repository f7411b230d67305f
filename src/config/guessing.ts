import type { Policy } from "../ledger/policy.ts";

/** How many codes there are. Those of letters have at least one digit among them, of which there are 7 in 26. */
export function codesOf({ codeAlphabet, codeLength }: Pick<Policy, "codeAlphabet" | "codeLength">): number {
  return codeAlphabet === "digits" ? 10 ** codeLength : 26 ** codeLength - 19 ** codeLength;
}

/**
 * The chance that somebody who guesses at one destination for so many days, without a
 * pause and knowing nothing, hits a code: known devices have a budget of their own, so
 * it is spent twice.
 */
export function chanceOfGuessing(policy: Policy, days: number): number {
  return 1 - (1 - 1 / codesOf(policy)) ** (2 * policy.guessesPerDay * days);
}

/** A chance in per cent, with two digits that say something. */
export function percent(chance: number): string {
  return chance > 0.99 ? "over 99 %" : `${Number((chance * 100).toPrecision(2))} %`;
}
