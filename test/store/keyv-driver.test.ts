import { Keyv } from "keyv";
import { describe, expect, it } from "vitest";
import { decisionAgeMaxMs } from "../../src/store/driver.ts";
import { SingleProcessKeyvDriver } from "../../src/store/keyv-driver.ts";

/** Keyv's own map of texts, some of whose methods are replaced. */
function keyvWith(methods: Partial<Record<"get" | "set", (...values: unknown[]) => unknown>>): Keyv {
  return new Keyv({ store: Object.assign(new Map(), methods) });
}

describe("The driver over any Keyv", () => {
  let nowMs = 1_000_000;
  const clock = { nowMs: () => nowMs };
  const next = { text: "text", expiresAtMs: 2_000_000 };

  it("keeps texts in a Keyv with Keyv's own serialization", async () => {
    const driver = new SingleProcessKeyvDriver(new Keyv(), clock);
    expect(await driver.replace("key", await driver.read("key"), next)).toBe(true);
    expect(await driver.read("key")).toEqual({ text: "text", nowMs });
  });

  it.each([
    [2_000_000, 1_000_000],
    [1_000_000.2, 1],
    [1_000_001.2, 2],
    [1_000_000, 1],
    [0, 1],
  ])(
    "gives a text that expires at %d a whole ttl of at least one, not 'for ever'",
    async (expiresAtMs, ttlMs) => {
      const ttls: unknown[] = [];
      const driver = new SingleProcessKeyvDriver(
        keyvWith({ set: (_key, _value, ttl) => void ttls.push(ttl) }),
        clock,
      );
      await driver.replace("key", await driver.read("key"), { text: "text", expiresAtMs });
      expect(ttls).toEqual([ttlMs]);
    },
  );

  it("rejects when a get fails, which Keyv alone would answer as absent", async () => {
    const broken = keyvWith({
      get: () => {
        throw new Error("down");
      },
    });
    await expect(new SingleProcessKeyvDriver(broken, clock).read("key")).rejects.toThrow("down");
  });

  it("rejects when a set fails, or says that it did not set", async () => {
    const broken = keyvWith({
      set: () => {
        throw new Error("down");
      },
    });
    const reading = { text: undefined, nowMs };
    await expect(new SingleProcessKeyvDriver(broken, clock).replace("key", reading, next)).rejects.toThrow(
      "down",
    );
    const refusing = new SingleProcessKeyvDriver(keyvWith({ set: () => false }), clock);
    await expect(refusing.replace("key", reading, next)).rejects.toThrow("did not keep");
  });

  it.each([5, {}, true, ["text"]])("rejects over %j, which it never wrote", async (value) => {
    const keyv = new Keyv();
    await keyv.set("key", value);
    await expect(new SingleProcessKeyvDriver(keyv, clock).read("key")).rejects.toThrow(TypeError);
  });

  it("decides on a reading of one second, and not of one millisecond more", async () => {
    const driver = new SingleProcessKeyvDriver(new Keyv(), clock);
    const reading = await driver.read("key");
    nowMs += decisionAgeMaxMs + 1;
    expect(await driver.replace("key", reading, next)).toBe(false);
    nowMs -= 1;
    expect(await driver.replace("key", reading, next)).toBe(true);
  });

  it("lets no replacement begin while one of the same key is under way", async () => {
    const held = Promise.withResolvers<void>();
    const slow = keyvWith({ set: () => held.promise });
    const driver = new SingleProcessKeyvDriver(slow, clock);
    const reading = await driver.read("key");
    const first = driver.replace("key", reading, next);
    expect(await driver.replace("key", reading, next)).toBe(false);
    held.resolve();
    expect(await first).toBe(true);
  });
});
