import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { SingleProcessKeyvDriver } from "../../src/store/keyv-driver.ts";
import { MemoryStorage } from "../../src/store/memory-storage.ts";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { openRedisDriver } from "../../src/store/redis-driver.ts";
import { redisKeyPrefix } from "../../src/store/redis-scripts.ts";
import { SqliteStorage } from "../../src/store/sqlite-storage.ts";
import { keyvOver, type Storage } from "../../src/store/storage.ts";
import type { Store } from "../../src/store/store.ts";
import { macKey } from "../contract/store-counter.ts";
import { startRedis } from "../support/redis.ts";

/** A store, and a way past it to what it keeps. */
export interface SpoiltStore {
  readonly store: Store;
  write(key: string, text: string): Promise<unknown>;
  read(key: string): Promise<string | undefined>;
  end(): Promise<void>;
}

const timeoutMs = 5_000;

export const spoiltStores: Readonly<
  Record<"memory" | "SQLite" | "Redis", (clock: Clock) => Promise<SpoiltStore>>
> = {
  memory: async (clock) => over(new MemoryStorage({ bytesMax: 64 * 1024 * 1024, clock }), clock),
  SQLite: async (clock) => {
    const folder = mkdtempSync(join(tmpdir(), "passcode-fuzz-"));
    const onError = (error: unknown) => {
      throw error;
    };
    const storage = new SqliteStorage({ path: join(folder, "passcode.db"), clock, onError });
    return over(storage, clock, () => rmSync(folder, { recursive: true }));
  },
  Redis: async () => {
    const redis = await startRedis();
    const driver = await openRedisDriver({
      topology: { kind: "single", url: redis.url },
      tls: false,
      timeoutMs,
      onError: () => {},
    });
    const store = new QueuedStore(driver, { timeoutMs, macKey });
    // Redis answers a text, or nothing.
    const run = (words: string[]) => redis.command(...words) as Promise<string | null>;
    return {
      store,
      write: (key, text) => run(["SET", redisKeyPrefix + key, text, "EX", "3600"]),
      read: async (key) => (await run(["GET", redisKeyPrefix + key])) ?? undefined,
      end: async () => {
        await store.close();
        await redis.stop();
      },
    };
  },
};

function over(storage: Storage, clock: Clock, then: () => void = () => {}): SpoiltStore {
  const store = new QueuedStore(new SingleProcessKeyvDriver(keyvOver(storage), clock), { timeoutMs, macKey });
  return {
    store,
    write: (key, text) => storage.set(key, text),
    read: (key) => storage.get<string>(key),
    end: async () => {
      await store.close();
      then();
    },
  };
}
