import { createCipheriv, type KeyObject } from "node:crypto";
import type { Keys } from "./keys.ts";

/** What a session id says to those who hold its key. */
export interface SessionReference {
  /** 128 random bits, base64url: the session's name within its ledger. */
  readonly id: string;
  /** 128 bits that name the ledger. */
  readonly ledger: Buffer;
}

const idBytes = 16;
/** 33 bytes as base64url: 1 for the key's id, 16 of the session's, 16 of the ledger's. */
const pattern = /^[A-Za-z0-9_-]{44}$/;

/**
 * A session id is a key id, 128 random bits, and the name of the session's ledger,
 * encrypted with AES-256-CTR under a key of the profile with the random bits as nonce (R1).
 *
 * It needs no MAC: a forged or foreign id decrypts to the name of a ledger that does
 * not hold its 128 random bits, and is not found.
 */
export function sealSessionId(
  reference: SessionReference,
  keyId: number,
  profile: string,
  keys: Keys,
): string {
  const id = Buffer.from(reference.id, "base64url");
  const key = keys.sessionIdKey(keyId, profile);
  if (key === undefined) throw new Error(`no code key has the id ${keyId}`);
  return Buffer.concat([Buffer.from([keyId]), id, mask(key, id, reference.ledger)]).toString("base64url");
}

/** Whether the text could be a session's id. An API key is longer, a code or a number shorter. */
export function hasSessionIdForm(text: string): boolean {
  return pattern.test(text);
}

/** A reference with the key that sealed it, to which the session keeps. */
export interface OpenedSessionId extends SessionReference {
  readonly keyId: number;
}

/** Undefined if no key of ours made it. An id of another profile opens to a ledger that does not hold it. */
export function openSessionId(text: string, profile: string, keys: Keys): OpenedSessionId | undefined {
  if (!pattern.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  const keyId = bytes.readUInt8(0);
  const key = keys.sessionIdKey(keyId, profile);
  if (key === undefined) return undefined;
  const id = bytes.subarray(1, 1 + idBytes);
  return { keyId, id: id.toString("base64url"), ledger: mask(key, id, bytes.subarray(1 + idBytes)) };
}

function mask(key: KeyObject, nonce: Buffer, ledger: Buffer): Buffer {
  return createCipheriv("aes-256-ctr", key, nonce).update(ledger);
}
