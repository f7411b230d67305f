import type { NumberKind } from "./number-kind.ts";

export { parseEmail } from "./destination-email.ts";
export { type PhoneRules, parsePhone } from "./destination-phone.ts";
export { defaultNumberKinds, type NumberKind, numberKinds } from "./number-kind.ts";

declare const parsed: unique symbol;

/**
 * Where a code goes. Only `parsePhone` and `parseEmail` make one, so whoever holds it
 * need not check it again.
 */
export interface Destination {
  readonly [parsed]: true;
  readonly kind: "phone" | "email";
  /** What is delivered to: E.164, or an e-mail address with its domain as A-labels. */
  readonly address: string;
  /** What limits are counted under: the same for every spelling that reaches the same person. */
  readonly canonical: string;
  /** What people and logs may see. */
  readonly masked: string;
  /** ISO 3166-1 alpha-2. Absent for e-mail and for numbers that belong to no country. */
  readonly country?: string;
  /** Absent for e-mail. */
  readonly numberKind?: NumberKind;
}

/**
 * `invalid`: no such destination can exist, or it is not written the one way that is taken.
 * `notAllowed`: it exists, and the rules refuse its kind or its country, whichever is named.
 *
 * `why` completes the sentence "The destination …" and never contains it.
 */
export type ParsedDestination =
  | { readonly kind: "ok"; readonly destination: Destination }
  | { readonly kind: "invalid"; readonly why: string }
  | {
      readonly kind: "notAllowed";
      readonly why: string;
      readonly numberKind?: NumberKind;
      readonly country?: string;
    };
