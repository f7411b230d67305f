import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

const ivBytes = 12;
const tagBytes = 16;

/** A key that seals, under the id by which it is found again. */
export interface SealingKey {
  readonly keyId: number;
  readonly key: KeyObject;
}

/**
 * Seals bytes into a token of URL-safe characters: a key id, an IV, and the bytes under
 * AES-256-GCM. It opens for the same `context` alone. `iv` is 96 random bits.
 */
export function seal(
  plain: Buffer,
  { keyId, key, iv, context }: SealingKey & { iv: Buffer; context: string },
): string {
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(context));
  const sealed = [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat([Buffer.from([keyId]), iv, ...sealed]).toString("base64url");
}

/** What was sealed; undefined if no key of ours sealed it for this context. */
export function unseal(
  token: string,
  { keyOf, context }: { keyOf: (id: number) => KeyObject | undefined; context: string },
): { keyId: number; plain: Buffer } | undefined {
  const bytes = Buffer.from(token, "base64url");
  // Of the spellings of the same bytes one is ours.
  if (bytes.length <= 1 + ivBytes + tagBytes || bytes.toString("base64url") !== token) return undefined;
  const keyId = bytes.readUInt8(0);
  const key = keyOf(keyId);
  if (key === undefined) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(1, 1 + ivBytes))
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(-tagBytes));
  const plain = decipher.update(bytes.subarray(1 + ivBytes, -tagBytes));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return { keyId, plain };
}
