import { createHash, timingSafeEqual } from "node:crypto";
import type { Random } from "../random.ts";
import type { ApiKeyHolder } from "./config.ts";

/** A fresh API key: `passcode_` and 256 random bits, and the digest by which the configuration knows it. */
export function newApiKey(random: Random): { key: string; sha256: string } {
  const key = `passcode_${random.bytes(32).toString("base64url")}`;
  return { key, sha256: sha256(key).toString("hex") };
}

/** The sends that an API key may have in hand: as many as wait for a provider by default, so that one burst may use all of it. */
export const sendsInHandDefault = 2_000;

/** Longer than any key, so that hashing what is presented stays cheap. */
const presentedLengthMax = 256;

/** The keys that open the service. Their digests are enough: a key of 256 random bits cannot be guessed from one. */
export class ApiKeys {
  readonly #entries: readonly { holder: ApiKeyHolder; digest: Buffer }[];

  constructor(holders: readonly ApiKeyHolder[]) {
    this.#entries = holders.map((holder) => ({ holder, digest: Buffer.from(holder.sha256, "hex") }));
  }

  /** Whose key this is. Takes the same time for every key, right or wrong. */
  find(presented: string): ApiKeyHolder | undefined {
    if (presented.length > presentedLengthMax) return undefined;
    const digest = sha256(presented);
    let found: ApiKeyHolder | undefined;
    for (const entry of this.#entries) {
      if (timingSafeEqual(entry.digest, digest)) found = entry.holder;
    }
    return found;
  }
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
