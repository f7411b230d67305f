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

type CodeShape = Pick<Session, "codeLength" | "codeAlphabet">;

/** All that a code is bound to: whatever of it is another one, in another record or of another session, so is the code. */
export interface CodeSource {
  /** The name of the ledger the session is in. */
  readonly ledger: Buffer;
  readonly session: CodeShape & Pick<Session, "id" | "nonce" | "keyId" | "binding" | "address">;
}

/**
 * The session's code: HMAC-SHA-256 of its nonce and of all that it is bound to, under a key
 * that is not in the store (R2).
 *
 * Each byte of the MAC below the largest multiple of the alphabet's size gives one
 * character, the others are skipped, and a code that no session has (see `isGiven`) is
 * drawn anew from the next block, so every code is exactly as likely as any other.
 */
export function deriveCode({ ledger, session }: CodeSource, keys: CodeKeys): string {
  const { id, nonce, keyId, binding, address, codeLength, codeAlphabet } = session;
  const key = keys.get(keyId);
  if (key === undefined) throw new Error(`no code key has the id ${keyId}`);
  const alphabet = alphabets[codeAlphabet];
  const bound = 256 - (256 % alphabet.length);
  // A JSON list: no two are written alike, so no part can pass for another's end or beginning.
  const parts = [ledger.toString("base64url"), id, nonce, keyId, binding, address, codeLength, codeAlphabet];
  const source = JSON.stringify(parts);
  let code = "";
  for (let block = 0; code.length < codeLength; block++) {
    for (const byte of createHmac("sha256", key).update(`${source}${block}`).digest()) {
      if (byte < bound && code.length < codeLength) code += alphabet[byte % alphabet.length];
    }
    if (code.length === codeLength && !isGiven(code)) code = "";
  }
  return code;
}

/** A code without a digit is not given out: Android's SMS User Consent finds none in a message that has only letters. */
function isGiven(code: string): boolean {
  return /[0-9]/.test(code);
}

/**
 * Whether the session could have such a code at all.
 *
 * Only ASCII counts, and that is judged first: a sharp s becomes two letters in capitals.
 */
export function codeIsWellFormed(code: string, { codeLength, codeAlphabet }: CodeShape): boolean {
  const alphabet = alphabets[codeAlphabet];
  return (
    code.length === codeLength &&
    /^[0-9A-Za-z]*$/.test(code) &&
    isGiven(code) &&
    [...code.toUpperCase()].every((character) => alphabet.includes(character))
  );
}

/** Compares a well-formed code with the session's, in time that does not depend on either. */
export function codeMatches(code: string, source: CodeSource, keys: CodeKeys): boolean {
  return timingSafeEqual(Buffer.from(code.toUpperCase()), Buffer.from(deriveCode(source, keys)));
}
