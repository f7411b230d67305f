import type { Policy } from "../ledger/policy.ts";
import { minuteMs } from "../ledger/policy.ts";
import { codesOf } from "./guessing.ts";

/** The standards whose numbers a policy can be held to: by `preset`, and by `passcode check --require`. */
export const standards = ["nist", "psd2"] as const;
export type Standard = (typeof standards)[number];

/** One number of a standard. */
export interface Requirement {
  /** What decides it. The first is what is told. */
  readonly limits: readonly [keyof Policy, ...(keyof Policy)[]];
  readonly holds: (policy: Policy) => boolean;
  /** Completes "must be". */
  readonly says: string;
  readonly clause: string;
  /** What the preset sets where the policy it builds on does not meet it. */
  readonly preset: Partial<Policy>;
}

const nistMinutes = 10;
const psd2Minutes = 5;

/**
 * NIST SP 800-63B-4 (2025) on out-of-band authentication, and Commission Delegated Regulation
 * (EU) 2018/389, the technical standards of PSD2 for strong customer authentication.
 */
export const requirements: Readonly<Record<Standard, readonly Requirement[]>> = {
  nist: [
    {
      // Sec. 3.1.3.2: random secrets of at least six decimal digits or equivalent. Five letters are more.
      limits: ["codeLength", "codeAlphabet"],
      holds: (policy) => codesOf(policy) >= 1_000_000,
      says: "at least six digits or their equivalent, five letters",
      clause: "NIST SP 800-63B-4, Sec. 3.1.3.2",
      preset: { codeLength: 6 },
    },
    {
      // Sec. 3.1.3.2: invalid unless completed within 10 minutes.
      limits: ["expiryMs"],
      holds: ({ expiryMs }) => expiryMs <= nistMinutes * minuteMs,
      says: `at most ${nistMinutes}m`,
      clause: "NIST SP 800-63B-4, Sec. 3.1.3.2",
      preset: { expiryMs: nistMinutes * minuteMs },
    },
    {
      // Sec. 3.2.2: at most 100 consecutive failures on an account. A day's are bounded here; strangers and known
      // devices have a budget each, so half of it. Failures of many days in a row are for the caller to count.
      limits: ["guessesPerDay"],
      holds: ({ guessesPerDay }) => guessesPerDay <= 50,
      says: "at most 50, known devices having as many again,",
      clause: "NIST SP 800-63B-4, Sec. 3.2.2",
      preset: { guessesPerDay: 20 },
    },
  ],
  psd2: [
    {
      // Art. 4(3)(b): not more than five consecutive failed attempts within a given period of time, then a block.
      limits: ["tries"],
      holds: ({ tries }) => tries <= 5,
      says: "at most 5",
      clause: "Art. 4(3)(b) of Regulation (EU) 2018/389",
      preset: { tries: 5 },
    },
    {
      // The same across sessions, with 24 hours as the period. Known devices have five of their own.
      limits: ["guessesPerDay"],
      holds: ({ guessesPerDay }) => guessesPerDay <= 5,
      says: "at most 5",
      clause: "Art. 4(3)(b) of Regulation (EU) 2018/389",
      preset: { guessesPerDay: 5 },
    },
    {
      // Art. 4(3)(b) again: after them comes a block, temporary or not.
      limits: ["cooldownMs"],
      holds: ({ cooldownMs }) => cooldownMs.every((stepMs) => stepMs > 0),
      says: "longer than 0s",
      clause: "Art. 4(3)(b) of Regulation (EU) 2018/389",
      preset: { cooldownMs: [10 * minuteMs] },
    },
    {
      // Art. 4(3)(d) has five minutes without activity end the payer's session. It gives codes no number of
      // their own; one that outlives the session it is typed into is of use to nobody but others.
      limits: ["expiryMs"],
      holds: ({ expiryMs }) => expiryMs <= psd2Minutes * minuteMs,
      says: `at most ${psd2Minutes}m`,
      clause: "Art. 4(3)(d) of Regulation (EU) 2018/389",
      preset: { expiryMs: psd2Minutes * minuteMs },
    },
    {
      // Art. 5(1)(a): the payer is made aware of the amount and the payee.
      limits: ["transaction"],
      holds: ({ transaction }) => transaction === "required",
      says: "required",
      clause: "Art. 5(1) of Regulation (EU) 2018/389",
      preset: { transaction: "required" },
    },
  ],
};

/** Sec. 3.1.3.1 of NIST SP 800-63B-4 has no e-mail among the ways of out-of-band authentication. */
export function refusesEmail(standard: Standard): boolean {
  return standard === "nist";
}
