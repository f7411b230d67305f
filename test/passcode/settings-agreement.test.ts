import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Config } from "../../src/config/config.ts";
import type { Secrets } from "../../src/ledger/keys.ts";
import { Keys } from "../../src/ledger/keys.ts";
import { SettingsAgreement } from "../../src/passcode/settings-agreement.ts";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { fixedSecret } from "../ledger/ledgers.ts";
import { FaultyDriver } from "../support/faulty-driver.ts";
import { startRedis, startRedisCluster, startRedisSentinels } from "../support/redis.ts";
import { startService, type TestService } from "../support/service.ts";

const code = (id: number, name = `code ${id}`) => ({ id, secret: fixedSecret(name) });
const keys: Secrets = { index: fixedSecret("index"), codes: [code(1)] };
const otherIndex: Secrets = { ...keys, index: fixedSecret("another index") };
const otherCode: Secrets = { ...keys, codes: [code(1, "another secret")] };

let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

/** Starts an instance, which ends with the test. */
async function start(store: Config["store"], secrets: Secrets): Promise<TestService> {
  const service = await startService({ keys: secrets, store });
  ends.push(() => service.stop());
  return service;
}

const timeoutMs = 5_000;
const redisAt = (topology: (Config["store"] & { kind: "redis" })["topology"]): Config["store"] => ({
  kind: "redis",
  topology,
  tls: false,
  timeoutMs,
});

async function oneRedis(): Promise<Config["store"]> {
  const redis = await startRedis();
  ends.push(() => redis.stop());
  return redisAt({ kind: "single", url: redis.url });
}

const places: [string, () => Promise<Config["store"]>][] = [
  ["Redis", oneRedis],
  [
    "a Redis Cluster",
    async () => {
      const cluster = await startRedisCluster();
      ends.push(() => cluster.stop());
      return redisAt({ kind: "cluster", urls: cluster.urls });
    },
  ],
  [
    "Redis under Sentinel",
    async () => {
      const sentinels = await startRedisSentinels();
      ends.push(() => sentinels.stop());
      return redisAt({
        kind: "sentinel",
        name: sentinels.name,
        nodes: [{ host: "127.0.0.1", port: sentinels.sentinel.port }],
      });
    },
  ],
];

describe.each(places)("An instance on %s", (_, place) => {
  it("does not start beside one with another keys.index, or another secret of a code key", async () => {
    const store = await place();
    await start(store, keys);
    await expect(start(store, otherIndex)).rejects.toThrow(
      "keys.index is not the one this store was begun with",
    );
    await expect(start(store, otherCode)).rejects.toThrow("the key with the id 1 has another secret");
    await start(store, keys);
  });
});

describe("Instances on one store", () => {
  it("change their code keys one after the other", async () => {
    const store = await oneRedis();
    for (const codes of [
      [code(1)],
      [code(1), code(2)],
      [code(1)],
      [code(2), code(1)],
      [code(2)],
      [code(2), code(1)],
    ]) {
      await start(store, { ...keys, codes });
    }
    await expect(start(store, { ...keys, codes: [code(2, "another")] })).rejects.toThrow("id 2");
  });

  it("that start at once on an empty one have the keys of the first among them", async () => {
    const store = await oneRedis();
    const tried = [keys, otherIndex, keys, otherIndex, keys, otherIndex];
    const fates = await Promise.allSettled(tried.map((secrets) => start(store, secrets)));
    const started = new Set(tried.filter((_, index) => fates[index]?.status === "fulfilled"));
    expect(started.size).toBe(1);
  });

  it("tell nothing of a secret when they do not start", async () => {
    const store = await oneRedis();
    await start(store, keys);
    for (const secrets of [otherIndex, otherCode]) {
      const error: Error = await start(store, secrets).then(
        () => expect.fail("it starts"),
        (error) => error,
      );
      for (const secret of [keys.index, secrets.index, ...secrets.codes.map(({ secret }) => secret)]) {
        expect(error.message).not.toContain(secret.export().toString("base64"));
      }
    }
  });
});

describe("A SQLite file", () => {
  it("is not taken by a service with other keys, which leaves it to one with its own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "passcode-agreement-"));
    ends.push(() => rmSync(folder, { recursive: true }));
    const store = { kind: "sqlite", path: join(folder, "passcode.db"), timeoutMs } as const;
    await (await startService({ keys, store })).stop();
    await expect(start(store, otherIndex)).rejects.toThrow("keys.index");
    await expect(start(store, otherCode)).rejects.toThrow("keys.codes");
    await start(store, keys);
  });
});

describe("A running instance", () => {
  let driver: FaultyDriver;
  let lines: string[];
  const agreementOf = (secrets: Secrets) => {
    const keys = new Keys(secrets);
    const store = new QueuedStore(driver, { macKey: keys.records });
    const agreement = new SettingsAgreement({
      store,
      keys,
      log: createLog("debug", { write: (line) => lines.push(line) }),
    });
    ends.push(() => agreement.end());
    return agreement;
  };
  beforeEach(() => {
    vi.useFakeTimers();
    ends.push(() => vi.useRealTimers());
    driver = new FaultyDriver();
    lines = [];
  });

  it("puts its settings back into a store that was emptied, within a minute", async () => {
    await agreementOf(keys).begin();
    driver.texts.clear();
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(agreementOf(otherIndex).begin()).rejects.toThrow("keys.index");
    await agreementOf(keys).begin();
    expect(lines).toEqual([]);
  });

  it("tells of one with other settings that was first after that", async () => {
    await agreementOf(keys).begin();
    driver.texts.clear();
    await agreementOf(otherIndex).begin();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("settings differ between instances");
    expect(lines[0]).toContain("keys.index is not the one");
  });

  it("goes on when the store fails, and looks again", async () => {
    await agreementOf(keys).begin();
    driver.readFault = "rejects";
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines[0]).toContain("The store failed.");
    driver.readFault = undefined;
    driver.texts.clear();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([...driver.texts.keys()]).toEqual(["settings:agreed"]);
  });

  it("does not start while the store fails", async () => {
    driver.readFault = "rejects";
    await expect(agreementOf(keys).begin()).rejects.toThrow("The store failed.");
  });
});
