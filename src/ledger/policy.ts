/**
 * The limits of a profile, as data. Validated once, when the configuration is read.
 *
 * Windows slide and are exact: no span of a window's length ever holds more than its number.
 */
export interface Policy {
  /** Characters of a code. 4 to 10. */
  readonly codeLength: number;
  /** What codes are made of: `digits`, or `letters`, 26 letters and digits that do not look alike or spell words. */
  readonly codeAlphabet: CodeAlphabet;
  /** Milliseconds from the opening of a session to the death of its code (R4). */
  readonly expiryMs: number;
  /** Comparisons in all per session (R5). */
  readonly tries: number;
  /**
   * How long a destination takes no send after a session ended by exhausted tries, in milliseconds (R6).
   *
   * The n-th such end within 24 hours takes the n-th step; the last step repeats.
   */
  readonly cooldownMs: readonly number[];
  /** Sends per destination in any 60 seconds, hour and 24 hours (R7). */
  readonly sendsPerMinute: number;
  readonly sendsPerHour: number;
  readonly sendsPerDay: number;
  /** VerifyPasscode calls per session in any 60 seconds (R8). */
  readonly verifiesPerMinute: number;
  /** Wrong codes per destination in any 24 hours (R9). */
  readonly guessesPerDay: number;
  /** Whether a resend repeats the session's code or replaces it (R3). */
  readonly resend: "same" | "fresh";
  /** Whether a send has to name what the user agrees to with the code. */
  readonly transaction: "optional" | "required";
  /** Milliseconds an ended session stays readable. */
  readonly retentionMs: number;
}

export type CodeAlphabet = "digits" | "letters";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export const defaultPolicy: Policy = {
  codeLength: 6,
  codeAlphabet: "digits",
  expiryMs: 10 * minuteMs,
  tries: 5,
  cooldownMs: [10 * minuteMs],
  sendsPerMinute: 5,
  sendsPerHour: 10,
  sendsPerDay: 30,
  verifiesPerMinute: 10,
  guessesPerDay: 20,
  resend: "same",
  transaction: "optional",
  retentionMs: dayMs,
};

/** A profile's own policy and the stricter ones a caller may choose by name. */
export interface Policies {
  readonly base: Policy;
  readonly named: ReadonlyMap<string, Policy>;
}
