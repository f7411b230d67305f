import type { DeliveryReference } from "./delivery.ts";
import type { Keys } from "./keys.ts";
import { seal, unseal } from "./seal.ts";

/** A send, with the ledger that it is in and the tag of the profile. */
export interface LocatedDelivery extends DeliveryReference {
  readonly ledger: Buffer;
  /** 32 bits that tell the profiles of a service apart. */
  readonly profileTag: Buffer;
  /** The key of the session. */
  readonly keyId: number;
}

const ledgerBytes = 16;
const idBytes = 16;
const numberBytes = 4;
/** With the tag of the profile, and those of the seal, 69 bytes, as base64url. */
const tokenLength = 92;

/**
 * What stands for a send with a provider: opaque to the provider, of no use with the
 * service's own procedures, and good for the reports of that provider alone.
 */
export function sealDelivery(
  { ledger, sessionId, delivery, profileTag, keyId }: LocatedDelivery,
  { provider, iv, keys }: { provider: string; iv: Buffer; keys: Keys },
): string {
  const key = keys.deliveryKey(keyId);
  if (key === undefined) throw new Error(`no code key has the id ${keyId}`);
  const number = Buffer.alloc(numberBytes);
  number.writeUInt32BE(delivery);
  const plain = Buffer.concat([ledger, Buffer.from(sessionId, "base64url"), number, profileTag]);
  return seal(plain, { keyId, key, iv, context: provider });
}

/** Undefined if this service did not make the token for this provider, or the key is gone. */
export function openDelivery(token: string, provider: string, keys: Keys): LocatedDelivery | undefined {
  if (token.length !== tokenLength) return undefined;
  const opened = unseal(token, { keyOf: (id) => keys.deliveryKey(id), context: provider });
  if (opened === undefined) return undefined;
  const { keyId, plain } = opened;
  const numberAt = ledgerBytes + idBytes;
  return {
    ledger: plain.subarray(0, ledgerBytes),
    sessionId: plain.subarray(ledgerBytes, numberAt).toString("base64url"),
    delivery: plain.readUInt32BE(numberAt),
    profileTag: plain.subarray(numberAt + numberBytes),
    keyId,
  };
}
