import { Keyv, type KeyvStoreAdapter } from "keyv";

/**
 * A storage adapter for Keyv that keeps texts and sweeps expired ones by a clock of ours.
 *
 * What Keyv calls ttl is milliseconds from now. The optional methods of an adapter
 * that nothing here calls are left out.
 */
export interface Storage extends Omit<KeyvStoreAdapter, "get" | "set" | "opts"> {
  readonly opts: Record<string, never>;
  get<Value>(key: string): Promise<Value | undefined>;
  set(key: string, value: string, ttlMs?: number): Promise<boolean>;
  disconnect(): Promise<void>;
}

/**
 * A Keyv over such a storage, without Keyv's envelope.
 *
 * The envelope would hold a second expiry, judged by a clock of Keyv's own, and cost
 * an object or a JSON text per record. Keys are used as they come: Keyv's prefix would
 * fold `keyv:a` and `a` into one.
 */
export function keyvOver(storage: Storage): Keyv {
  return new Keyv({
    store: storage,
    useKeyPrefix: false,
    throwOnErrors: true,
    serialize: (data) => data.value as string, // Only SingleProcessKeyvDriver writes, and it writes texts.
    deserialize: <Value>(text: string) => ({ value: text as Value }),
  });
}
