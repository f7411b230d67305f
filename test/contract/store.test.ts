import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { SingleProcessKeyvDriver } from "../../src/store/keyv-driver.ts";
import { MemoryStorage } from "../../src/store/memory-storage.ts";
import { openRedisDriver } from "../../src/store/redis-driver.ts";
import type { RedisTopology } from "../../src/store/redis-options.ts";
import { SqliteStorage } from "../../src/store/sqlite-storage.ts";
import { keyvOver } from "../../src/store/storage.ts";
import { startRedis, startRedisCluster, startRedisSentinels } from "../support/redis.ts";
import { type StorePlace, storeContract } from "./store-contract.ts";

storeContract("The memory store", async () => ({
  openDriver: async () =>
    new SingleProcessKeyvDriver(
      keyvOver(new MemoryStorage({ bytesMax: 64 * 1024 * 1024, clock: systemClock })),
      systemClock,
    ),
  isShared: false,
  remove: async () => {},
}));

storeContract("The SQLite store", async () => {
  const folder = mkdtempSync(join(tmpdir(), "passcode-sqlite-"));
  const options = { path: join(folder, "store.db"), clock: systemClock, onError: fail };
  return {
    openDriver: async () => new SingleProcessKeyvDriver(keyvOver(new SqliteStorage(options)), systemClock),
    isShared: false,
    remove: async () => rmSync(folder, { recursive: true }),
  };
});

storeContract("The Redis store", async () => {
  const server = await startRedis();
  return redis({ kind: "single", url: server.url }, server);
});

storeContract("The Redis Cluster store", async () => {
  const cluster = await startRedisCluster();
  return redis({ kind: "cluster", urls: cluster.urls }, cluster);
});

storeContract("The Redis Sentinel store", async () => {
  const sentinels = await startRedisSentinels();
  const nodes = [{ host: "127.0.0.1", port: sentinels.sentinel.port }];
  return redis({ kind: "sentinel", name: sentinels.name, nodes }, sentinels);
});

function redis(topology: RedisTopology, servers: { stop(): Promise<void> }): StorePlace {
  return {
    openDriver: () => openRedisDriver({ topology, tls: false, timeoutMs: 2_000, onError: fail }),
    isShared: true,
    remove: () => servers.stop(),
  };
}

function fail(error: unknown): void {
  throw error;
}
