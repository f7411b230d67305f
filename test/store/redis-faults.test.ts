import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Driver } from "../../src/store/driver.ts";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { openRedisDriver } from "../../src/store/redis-driver.ts";
import type { RedisTopology } from "../../src/store/redis-options.ts";
import { redisKeyPrefix } from "../../src/store/redis-scripts.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { counter, increment, look, macKey } from "../contract/store-counter.ts";
import { type RedisServer, startRedis, startRedisCluster, startRedisSentinels } from "../support/redis.ts";

const timeoutMs = 500;

let ends: (() => Promise<void>)[] = [];
let errors: unknown[];

afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

async function open(topology: RedisTopology): Promise<{ store: QueuedStore; driver: Driver }> {
  errors = [];
  const driver = await openRedisDriver({
    topology,
    tls: false,
    timeoutMs,
    onError: (error) => errors.push(error),
  });
  const store = new QueuedStore(driver, { timeoutMs, macKey });
  ends.push(() => store.close());
  return { store, driver };
}

function add(store: QueuedStore, key = "key"): Promise<number> {
  return store.update(counter, key, increment);
}

async function isUnavailable(store: QueuedStore, key = "key"): Promise<void> {
  await expect(add(store, key)).rejects.toBeInstanceOf(StoreUnavailableError);
}

async function isBack(store: QueuedStore, key = "key"): Promise<void> {
  await vi.waitFor(() => add(store, key));
}

describe("Redis", () => {
  let server: RedisServer;
  let store: QueuedStore;
  let driver: Driver;

  beforeEach(async () => {
    server = await startRedis();
    ends.push(() => server.stop());
    ({ store, driver } = await open({ kind: "single", url: server.url }));
    expect(await add(store)).toBe(1);
  });

  it("frozen: the store is unavailable, and comes back with it", async () => {
    server.pause();
    await isUnavailable(store);
    await isUnavailable(store);
    server.resume();
    await isBack(store);
  });

  it("frozen under load: commands are refused at once instead of piling up", async () => {
    server.pause();
    const fates: Promise<unknown>[] = [];
    const reasons: string[] = [];
    await vi.waitFor(() => {
      fates.push(add(store, `key-${fates.length}`).catch((error: unknown) => error));
      driver.read("other").catch((error: Error) => reasons.push(error.message));
      expect(reasons).toContain("Redis does not answer.");
    });
    for (const fate of fates) expect(await fate).toBeInstanceOf(StoreUnavailableError);
    server.resume();
    await isBack(store);
    expect(store.keysInUse).toBe(0);
  });

  it("killed: the store is unavailable, and comes back when Redis is started again", async () => {
    await server.kill();
    await isUnavailable(store);
    await server.restart();
    await isBack(store);
  });

  it("killed: the log is told why, again and again", async () => {
    await server.kill();
    await vi.waitFor(() => expect(String(errors.at(-1))).toContain("ECONNREFUSED"));
    const count = errors.length;
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(count));
  });

  it("cutting connections: the store comes back although nobody asks it", async () => {
    await server.command("CLIENT", "KILL", "TYPE", "normal");
    await vi.waitFor(async () => {
      // One of them is the asker's own.
      expect(String(await server.command("CLIENT", "LIST", "TYPE", "normal")).match(/^id=/gm)).toHaveLength(
        2,
      );
    });
    await isBack(store);
  });

  it("that forgot its scripts is told them again", async () => {
    await server.command("SCRIPT", "FLUSH");
    expect(await add(store)).toBe(2);
  });

  it("made a replica: the store is unavailable, and comes back when it is a primary again", async () => {
    await server.command("REPLICAOF", "127.0.0.1", "1");
    await isUnavailable(store);
    await vi.waitFor(() => expect(errors.join()).toContain("it is a replica"));
    await server.command("REPLICAOF", "NO", "ONE");
    await isBack(store);
  });

  it("that wants replicas it does not have: the store is unavailable until it has", async () => {
    await server.command("CONFIG", "SET", "min-replicas-to-write", "1");
    await isUnavailable(store);
    await server.command("CONFIG", "SET", "min-replicas-to-write", "0");
    expect(await add(store)).toBe(2);
  });

  it("full: the store is unavailable, forgets nothing, and comes back with memory", async () => {
    await server.command("CONFIG", "SET", "maxmemory", "1");
    await isUnavailable(store);
    expect(await store.update(counter, "key", look)).toBe(1);
    await server.command("CONFIG", "SET", "maxmemory", "0");
    expect(await add(store)).toBe(2);
  });

  it("with something else under a key: that record is unavailable, others are not", async () => {
    await server.command("RPUSH", `${redisKeyPrefix}list`, "1");
    await server.command("EXPIRE", `${redisKeyPrefix}list`, "60");
    await isUnavailable(store, "list");
    expect(await add(store)).toBe(2);
  });

  it("with a corrupt record: that record is unavailable and stays as it is", async () => {
    await server.command("SET", `${redisKeyPrefix}corrupt`, "{", "EX", "60");
    await isUnavailable(store, "corrupt");
    expect(await server.command("GET", `${redisKeyPrefix}corrupt`)).toBe("{");
    expect(await add(store)).toBe(2);
  });

  it("losing a record: the next update finds it absent", async () => {
    await server.command("FLUSHALL");
    expect(await store.update(counter, "key", look)).toBeUndefined();
  });
});

describe("Redis Cluster", () => {
  it("with a node frozen: its keys are unavailable, others are not, and it comes back", async () => {
    const cluster = await startRedisCluster();
    ends.push(() => cluster.stop());
    const { store } = await open({ kind: "cluster", urls: cluster.urls });
    // Of thirty keys each node has some. A cluster with a node missing serves the rest if told so.
    for (const server of cluster.servers)
      await server.command("CONFIG", "SET", "cluster-require-full-coverage", "no");
    const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
    const [, lost] = cluster.servers;
    const fates = () => Promise.allSettled(keys.map((key) => add(store, key)));

    lost.pause();
    expect(new Set((await fates()).map(({ status }) => status))).toEqual(new Set(["fulfilled", "rejected"]));
    lost.resume();
    await vi.waitFor(async () => {
      expect(new Set((await fates()).map(({ status }) => status))).toEqual(new Set(["fulfilled"]));
    });
  });
});

describe("Redis Cluster with a replica", () => {
  it("with its primary killed: the store comes back on the replica, with what it had", async () => {
    const cluster = await startRedisCluster();
    ends.push(() => cluster.stop());
    const [lost] = cluster.servers;
    const replica = await cluster.addReplica(lost);
    const { store } = await open({ kind: "cluster", urls: cluster.urls });
    const key = await keyIn(store, lost);
    await vi.waitFor(async () => {
      expect(await replica.command("DBSIZE")).toBe(await lost.command("DBSIZE"));
    });

    await lost.kill();
    await isUnavailable(store, key);
    await vi.waitFor(() => add(store, key));
    expect(await store.update(counter, key, look)).toBe(2);
  });
});

/** Adds to keys until one is kept by this server. */
async function keyIn(store: QueuedStore, server: RedisServer): Promise<string> {
  for (let index = 0; ; index++) {
    await add(store, `key-${index}`);
    if (Number(await server.command("DBSIZE")) > 0) return `key-${index}`;
  }
}

describe("Redis Sentinel", () => {
  it("with the primary killed: the store comes back on the replica, with what it had", async () => {
    const sentinels = await startRedisSentinels();
    ends.push(() => sentinels.stop());
    const nodes = [
      { host: "127.0.0.1", port: 1 },
      { host: "127.0.0.1", port: sentinels.sentinel.port },
    ];
    const { store } = await open({ kind: "sentinel", name: sentinels.name, nodes });
    await add(store);
    await vi.waitFor(async () => {
      expect(await sentinels.replica.command("EXISTS", `${redisKeyPrefix}key`)).toBe(1);
    });

    await sentinels.primary.kill();
    await isUnavailable(store);
    await vi.waitFor(() => add(store));
    expect(await sentinels.replica.command("GET", `${redisKeyPrefix}key`)).toContain('"count":2');
  });

  it("with another primary named: the store moves although the old one still answers", async () => {
    const sentinels = await startRedisSentinels();
    ends.push(() => sentinels.stop());
    const nodes = [{ host: "127.0.0.1", port: sentinels.sentinel.port }];
    const { store } = await open({ kind: "sentinel", name: sentinels.name, nodes });
    const other = await startRedis();
    ends.push(() => other.stop());

    await sentinels.sentinel.command("SENTINEL", "REMOVE", sentinels.name);
    await sentinels.sentinel.command(
      "SENTINEL",
      "MONITOR",
      sentinels.name,
      "127.0.0.1",
      String(other.port),
      "1",
    );
    await vi.waitFor(async () => {
      await add(store);
      expect(await other.command("EXISTS", `${redisKeyPrefix}key`)).toBe(1);
    });
  });
});
