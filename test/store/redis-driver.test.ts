import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Driver } from "../../src/store/driver.ts";
import { openRedisDriver } from "../../src/store/redis-driver.ts";
import type { RedisTopology } from "../../src/store/redis-options.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";

describe("The Redis driver", () => {
  let server: RedisServer;
  let driver: Driver;
  const open = (topology: RedisTopology, more: { username?: string; password?: string } = {}) =>
    openRedisDriver({ topology, tls: false, timeoutMs: 500, onError: () => {}, ...more });

  beforeAll(async () => {
    server = await startRedis();
    driver = await open({ kind: "single", url: server.url });
  });
  afterAll(async () => {
    await driver?.close();
    await server?.stop();
  });

  it("keeps the text as it is under passcode:1: and the key, with its expiry", async () => {
    const reading = await driver.read("golden");
    await driver.replace("golden", reading, { text: "the text", expiresAtMs: reading.nowMs + 60_000 });
    expect(await server.command("GET", "passcode:1:golden")).toBe("the text");
    expect(await server.command("PEXPIRETIME", "passcode:1:golden")).toBe(reading.nowMs + 60_000);
    await driver.replace("golden", await driver.read("golden"), {
      text: "next",
      expiresAtMs: reading.nowMs + 90_000,
    });
    expect(await server.command("PEXPIRETIME", "passcode:1:golden")).toBe(reading.nowMs + 90_000);
    // DBSIZE would count what has expired and not been swept yet: the record that the start was tried with.
    expect(await server.command("KEYS", "*")).toEqual(["passcode:1:golden"]);
  });

  it("tells Redis's time, to the millisecond", async () => {
    const before = (await server.command("TIME")) as string[];
    const { nowMs } = await driver.read("time");
    const after = (await server.command("TIME")) as string[];
    const inMs = ([seconds, microseconds]: string[]) =>
      Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
    expect(Number.isInteger(nowMs)).toBe(true);
    expect(nowMs).toBeGreaterThanOrEqual(inMs(before));
    expect(nowMs).toBeLessThanOrEqual(inMs(after));
  });

  it("uses the user, password and database of the URL, or the user and password beside it", async () => {
    await server.command("ACL", "SETUSER", "passcode", "on", ">p@ss/word", "~passcode:*", "+@all");
    const inUrl = await open({
      kind: "single",
      url: `redis://passcode:p%40ss%2Fword@127.0.0.1:${server.port}/3`,
    });
    const reading = await inUrl.read("key");
    expect(await inUrl.replace("key", reading, { text: "x", expiresAtMs: reading.nowMs + 60_000 })).toBe(
      true,
    );
    await inUrl.close();
    const beside = await open(
      { kind: "single", url: server.url },
      { username: "passcode", password: "p@ss/word" },
    );
    expect((await beside.read("key")).text).toBeUndefined();
    await beside.close();
  });

  it("says in one sentence, without the password, that Redis cannot be reached", async () => {
    const opening = open({ kind: "single", url: "redis://user:sesame@127.0.0.1:1" });
    const error = await opening.catch((error: Error) => error);
    expect(String(error)).toBe(
      "Error: Redis at 127.0.0.1:1 cannot be used: connect ECONNREFUSED 127.0.0.1:1.",
    );
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("sesame");
  });

  it("says that the password is wrong, without the password", async () => {
    const opening = open({ kind: "single", url: `redis://nobody:sesame@127.0.0.1:${server.port}` });
    await expect(opening).rejects.toThrow(/cannot be used: WRONGPASS(?!.*sesame)/);
  });

  it.each(["http://127.0.0.1", "127.0.0.1:6379", "redis://user:sesame@/0", "redis://127.0.0.1/x", ""])(
    "refuses the URL %j without repeating it",
    async (url) => {
      await expect(open({ kind: "single", url })).rejects.toThrow(
        /^(A Redis URL|The path of a Redis URL) is /,
      );
    },
  );

  it("gives up on a Redis that takes connections and says nothing", async () => {
    const silent = await startRedis();
    silent.pause();
    await expect(open({ kind: "single", url: silent.url })).rejects.toThrow("cannot be used");
    await silent.stop();
  });

  it.each(["allkeys-lru", "volatile-ttl", "allkeys-random"])(
    "refuses a Redis that may evict counters (%s)",
    async (policy) => {
      const evicting = await startRedis(["maxmemory 100mb", `maxmemory-policy ${policy}`]);
      await expect(open({ kind: "single", url: evicting.url })).rejects.toThrow("may evict counters");
      await evicting.stop();
    },
  );

  it("takes a Redis that is bounded and refuses writes when full, and one that is not bounded", async () => {
    const bounded = await startRedis(["maxmemory 100mb", "maxmemory-policy noeviction"]);
    await (await open({ kind: "single", url: bounded.url })).close();
    await bounded.command("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "allkeys-lru");
    await (await open({ kind: "single", url: bounded.url })).close();
    await bounded.stop();
  });

  const needed = ["+evalsha", "+eval", "+get", "+set", "+time", "+info", "+ping"];

  it.each([
    ["eval", /'eval' command/],
    ["evalsha", /'evalsha' command/],
    ["get", /'get' command/],
    ["set", /'set' command/],
    ["time", /'time' command/],
    ["info", /'info' command/],
  ])("says that the user may not use %s", async (command, said) => {
    const granted = needed.filter((one) => one !== `+${command}`);
    await server.command(
      "ACL",
      "SETUSER",
      `no-${command}`,
      "reset",
      "on",
      ">sesame",
      "~passcode:*",
      ...granted,
    );
    const opening = open(
      { kind: "single", url: server.url },
      { username: `no-${command}`, password: "sesame" },
    );
    await expect(opening).rejects.toThrow(/^Redis at 127\.0\.0\.1:\d+ cannot be used: /);
    await expect(opening).rejects.toThrow(said);
  });

  it("says that the user may not use the keys", async () => {
    await server.command("ACL", "SETUSER", "other-keys", "reset", "on", ">sesame", "~other:*", ...needed);
    const opening = open({ kind: "single", url: server.url }, { username: "other-keys", password: "sesame" });
    await expect(opening).rejects.toThrow(/cannot be used: NOPERM.*key/);
  });

  it("needs no more than what the manual names, and leaves nothing in Redis by trying", async () => {
    await server.command("ACL", "SETUSER", "just-enough", "reset", "on", ">sesame", "~passcode:*", ...needed);
    const before = await server.command("KEYS", "*");
    const enough = await open(
      { kind: "single", url: server.url },
      { username: "just-enough", password: "sesame" },
    );
    expect(await server.command("KEYS", "*")).toEqual(before);
    await enough.close();
  });

  it("counts nothing on a Redis that is told to evict while in use, and goes on when it is told not to", async () => {
    const changing = await startRedis(["maxmemory 100mb", "maxmemory-policy noeviction"]);
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const told: string[] = [];
    const changed = await openRedisDriver({
      topology: { kind: "single", url: changing.url },
      tls: false,
      timeoutMs: 2_000,
      onError: (error) => told.push(String(error)),
    });
    vi.advanceTimersByTime(5_000);
    expect((await changed.read("key")).text).toBeUndefined();

    await changing.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    vi.advanceTimersByTime(5_000);
    await vi.waitFor(() => expect(changed.read("key")).rejects.toThrow("may evict counters"), {
      timeout: 10_000,
    });
    await vi.waitFor(() =>
      expect(told).toContainEqual(expect.stringContaining("its maxmemory-policy is allkeys-lru")),
    );

    await changing.command("CONFIG", "SET", "maxmemory-policy", "noeviction");
    await vi.waitFor(() => changed.read("key"), { timeout: 10_000 });
    vi.useRealTimers();
    await changed.close();
    await changing.stop();
  });

  it("refuses a replica", async () => {
    const replica = await startRedis([`replicaof 127.0.0.1 ${server.port}`]);
    await expect(open({ kind: "single", url: replica.url })).rejects.toThrow("it is a replica");
    await replica.stop();
  });

  it("says that no sentinel answers, or that none knows the primary", async () => {
    const nodes = [{ host: "127.0.0.1", port: 1 }];
    await expect(open({ kind: "sentinel", name: "main", nodes })).rejects.toThrow(
      "sentinels 127.0.0.1:1 cannot be used",
    );
  });

  it("says that no node of the cluster answers, or that there is none", async () => {
    await expect(open({ kind: "cluster", urls: ["redis://127.0.0.1:1"] })).rejects.toThrow("ECONNREFUSED");
    await expect(open({ kind: "cluster", urls: [] })).rejects.toThrow("at least one node");
    await expect(open({ kind: "cluster", urls: [server.url] })).rejects.toThrow("cluster support disabled");
  });
});
