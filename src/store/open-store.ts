import type { KeyObject } from "node:crypto";
import type { Clock } from "../clock.ts";
import { storeBytesMax } from "./heap-room.ts";
import { SingleProcessKeyvDriver } from "./keyv-driver.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { QueuedStore } from "./queued-store.ts";
import type { RedisOptions } from "./redis-options.ts";
import { SqliteStorage } from "./sqlite-storage.ts";
import { keyvOver } from "./storage.ts";
import type { Store } from "./store.ts";

/** Which store, as configured. `timeoutMs` bounds every update. */
export type StoreSettings =
  /** One process; gone when it ends. Takes no new record from `bytesMax` of heap on; absent: half of what there is. */
  | { kind: "memory"; bytesMax?: number; timeoutMs: number }
  /** One process; kept in a file. */
  | { kind: "sqlite"; path: string; timeoutMs: number }
  /** Any number of processes. */
  | RedisSettings;

export type RedisSettings = { kind: "redis" } & Omit<RedisOptions, "onError">;

export interface StoreSurroundings {
  /** Tells the time for memory and SQLite. Redis has its own. */
  clock: Clock;
  /** Told of failures in the background, for the log. */
  onError: (error: unknown) => void;
  /** What records carry a MAC under (see `QueuedStoreOptions`). */
  macKey: KeyObject;
}

/** Opens the store, ready for use. Rejects with one sentence if it cannot be opened or cannot count. */
export async function openStore(settings: StoreSettings, surroundings: StoreSurroundings): Promise<Store> {
  const { clock, onError, macKey } = surroundings;
  const { timeoutMs } = settings;
  switch (settings.kind) {
    case "memory": {
      const storage = new MemoryStorage({ bytesMax: storeBytesMax(settings.bytesMax), clock });
      return new QueuedStore(new SingleProcessKeyvDriver(keyvOver(storage), clock), { timeoutMs, macKey });
    }
    case "sqlite": {
      const storage = new SqliteStorage({ path: settings.path, clock, onError });
      return new QueuedStore(new SingleProcessKeyvDriver(keyvOver(storage), clock), { timeoutMs, macKey });
    }
    case "redis": {
      // Loaded when it is used: its client takes a good part of the time to start.
      const { openRedisDriver } = await import("./redis-driver.ts");
      return new QueuedStore(await openRedisDriver({ ...settings, onError }), { timeoutMs, macKey });
    }
    default:
      return settings satisfies never;
  }
}
