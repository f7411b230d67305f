import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Session } from "./ledger.ts";
import type { CodeAlphabet } from "./policy.ts";

/** The keys codes are derived with, by id. They are never in the store. */
export type CodeKeys = ReadonlyMap<number, KeyObject>;

const alphabets: Record<CodeAlphabet, string> = {
  digits: "0123456789",
  // No 0 O, 1 I L, 8 B, which look alike, and no vowels, so that no code spells a word.
  letters: "2345679CDFGHJKMNPQRSTVWXYZ",
};

type CodeSource = Pick<Session, "nonce" | "keyId" | "codeLength" | "codeAlphabet">;

/**
 * The session's code: HMAC-SHA-256 of its nonce under a key that is not in the store (R2).
 *
 * Each byte of the MAC below the largest multiple of the alphabet's size gives one
 * character, the others are skipped, so every code is exactly as likely as any other.
 */
export function deriveCode(source: CodeSource, keys: CodeKeys): string {
  const key = keys.get(source.keyId);
  if (key === undefined) throw new Error(`no code key has the id ${source.keyId}`);
  const alphabet = alphabets[source.codeAlphabet];
  const bound = 256 - (256 % alphabet.length);
  let code = "";
  for (let block = 0; code.length < source.codeLength; block++) {
    for (const byte of createHmac("sha256", key).update(`${source.nonce}:${block}`).digest()) {
      if (byte < bound && code.length < source.codeLength) code += alphabet[byte % alphabet.length];
    }
  }
  return code;
}

/**
 * Whether the session could have such a code at all.
 *
 * Only ASCII counts, and that is judged first: a sharp s becomes two letters in capitals.
 */
export function codeIsWellFormed(code: string, source: CodeSource): boolean {
  const alphabet = alphabets[source.codeAlphabet];
  return (
    code.length === source.codeLength &&
    /^[0-9A-Za-z]*$/.test(code) &&
    [...code.toUpperCase()].every((character) => alphabet.includes(character))
  );
}

/** Compares a well-formed code with the session's, in time that does not depend on either. */
export function codeMatches(code: string, source: CodeSource, keys: CodeKeys): boolean {
  return timingSafeEqual(Buffer.from(code.toUpperCase()), Buffer.from(deriveCode(source, keys)));
}
