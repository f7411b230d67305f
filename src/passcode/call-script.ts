import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Speech } from "../delivery/provider.ts";
import type { Keys } from "../ledger/keys.ts";
import { seal, unseal } from "../ledger/seal.ts";

/** What a call is to say once a key was pressed, and whose code it says. */
export interface CallScript {
  /** What stands for the call with its provider. */
  readonly reference: string;
  /** The codes in it are left blank. */
  readonly speech: Speech;
}

/** Longer than any script, so that nothing else is opened. */
const tokenLengthMax = 16_384;
const plainBytesMax = 65_536;

/**
 * Puts a script into a URL that its vendor alone is given.
 *
 * The code is not in it. It is derived when the key is pressed, if the session still is
 * live, so a URL found later in a log says nothing.
 */
export function sealCall(
  { reference, speech }: CallScript,
  { provider, keyId, iv, keys }: { provider: string; keyId: number; iv: Buffer; keys: Keys },
): string {
  const key = keys.callKey(keyId);
  if (key === undefined) throw new Error(`no code key has the id ${keyId}`);
  const parts = speech.parts.map((part) => (part.kind === "code" ? null : part.text));
  const plain = deflateRawSync(JSON.stringify([reference, speech.locale, parts]));
  return seal(plain, { keyId, key, iv, context: provider });
}

/** Undefined if this service did not make the token for this provider, or the key is gone. */
export function openCall(token: string, provider: string, keys: Keys): CallScript | undefined {
  if (token.length > tokenLengthMax) return undefined;
  const opened = unseal(token, { keyOf: (id) => keys.callKey(id), context: provider });
  if (opened === undefined) return undefined;
  const text = inflateRawSync(opened.plain, { maxOutputLength: plainBytesMax }).toString();
  // What carries our seal has the form that it was sealed in.
  const [reference, locale, parts] = JSON.parse(text) as [string, string, (string | null)[]];
  const blank = { kind: "code", characters: "" } as const;
  return {
    reference,
    speech: {
      locale,
      parts: parts.map((part) => (part === null ? blank : { kind: "words", text: part })),
    },
  };
}

/** The speech with the code in its blanks. */
export function withCode({ locale, parts }: Speech, code: string): Speech {
  return {
    locale,
    parts: parts.map((part) => (part.kind === "code" ? { kind: "code", characters: code } : part)),
  };
}
