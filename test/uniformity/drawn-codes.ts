import { deriveCode } from "../../src/ledger/code.ts";
import type { CodeAlphabet } from "../../src/ledger/policy.ts";
import { fixedKeys, fixedName, phoneNumber } from "../ledger/ledgers.ts";

/** The characters that a code may have, as the contract lists them. */
export const charactersOf: Record<CodeAlphabet, string> = {
  digits: "0123456789",
  letters: "2345679CDFGHJKMNPQRSTVWXYZ",
};

export interface CodeShape {
  readonly length: number;
  readonly alphabet: CodeAlphabet;
}

const keys = fixedKeys();
/** What the codes are bound to besides their nonces. */
const ledger = keys.ledgerOf("default", { kind: "phone", canonical: phoneNumber });
const bound = {
  id: fixedName("uniformity"),
  keyId: 1,
  binding: keys.bindingOf("login", {}),
  address: keys.addressOf({ kind: "phone", address: phoneNumber }),
};

/** The nonce of one draw: 128 bits that are the same in every run, and for no two draws. */
export function nonceOf({ length, alphabet }: CodeShape, draw: number): string {
  return fixedName(`uniformity ${alphabet} ${length} ${draw}`);
}

/** The code that a session of this shape has with this nonce. */
export function codeOf({ length, alphabet }: CodeShape, nonce: string): string {
  return deriveCode(
    { ledger, session: { ...bound, nonce, codeLength: length, codeAlphabet: alphabet } },
    keys.codes,
  );
}

/**
 * How many of the codes of this shape have these characters at some given places: all that
 * can be written around them, but for those without a digit.
 */
export function shareOf({ length, alphabet }: CodeShape, characters: string): number {
  const all = charactersOf[alphabet];
  const letters = all.replaceAll(/[0-9]/g, "").length;
  const written = (places: number, hasDigit: boolean) =>
    all.length ** places - (hasDigit ? 0 : letters ** places);
  return written(length - characters.length, /[0-9]/.test(characters)) / written(length, false);
}

/** How often each character, and each pair of neighbours, stood at each place. */
export class DrawnCodes {
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly places: readonly Uint32Array[];
  readonly pairs: readonly Uint32Array[];

  constructor({ length, alphabet }: CodeShape) {
    const characters = charactersOf[alphabet];
    const size = characters.length;
    this.#indexOf = new Map([...characters].map((character, index) => [character, index]));
    this.places = Array.from({ length }, () => new Uint32Array(size));
    this.pairs = Array.from({ length: length - 1 }, () => new Uint32Array(size * size));
  }

  /** Counts a code; throws if it is none of this shape. */
  count(code: string): void {
    if (code.length !== this.places.length) throw new Error(`a code has ${code.length} characters`);
    let before = 0;
    for (const [place, counts] of this.places.entries()) {
      const index = this.#indexOf.get(code.charAt(place));
      if (index === undefined) throw new Error(`a code has the character ${code.charAt(place)}`);
      add(counts, index);
      const pairs = this.pairs[place - 1];
      if (pairs !== undefined) add(pairs, before * counts.length + index);
      before = index;
    }
  }

  /** All places taken together: what is too faint to see at one of them may be seen here. */
  get everywhere(): Uint32Array {
    const sums = new Uint32Array(this.#indexOf.size);
    for (const counts of this.places) {
      for (const [index, count] of counts.entries()) add(sums, index, count);
    }
    return sums;
  }
}

export function add(counts: Uint32Array, index: number, count = 1): void {
  counts[index] = (counts[index] ?? 0) + count;
}
