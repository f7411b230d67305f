import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SingleProcessKeyvDriver } from "../../src/store/keyv-driver.ts";
import { MemoryStorage } from "../../src/store/memory-storage.ts";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { keyvOver } from "../../src/store/storage.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { counter, increment, look, macKey } from "../contract/store-counter.ts";

describe("The memory storage", () => {
  let nowMs: number;
  const clock = { nowMs: () => nowMs };
  const open = (bytesMax = Number.POSITIVE_INFINITY) => new MemoryStorage({ bytesMax, clock });

  beforeEach(() => {
    vi.useFakeTimers();
    nowMs = 1_000_000;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("has a text up to the millisecond before its expiry", async () => {
    const storage = open();
    await storage.set("key", "text", 1_000);
    nowMs += 999;
    expect(await storage.get("key")).toBe("text");
    nowMs += 1;
    expect(await storage.get("key")).toBeUndefined();
  });

  it("judges expiry by the clock it is given, not by Keyv's", async () => {
    const driver = new SingleProcessKeyvDriver(keyvOver(open()), clock);
    await driver.replace("key", await driver.read("key"), { text: "text", expiresAtMs: nowMs + 1_000 });
    vi.setSystemTime(Date.now() + 3_600_000);
    expect((await driver.read("key")).text).toBe("text");
    nowMs += 1_000;
    expect((await driver.read("key")).text).toBeUndefined();
  });

  it("sheds every expired record within a minute, and no live one", async () => {
    const storage = open();
    for (let index = 0; index < 50_000; index++) await storage.set(`dead-${index}`, "text", 1_000);
    for (let index = 0; index < 50_000; index++) await storage.set(`live-${index}`, "text", 3_600_000);
    nowMs += 1_000;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(storage.size).toBe(50_000);
  });

  it("refuses a new key when full, and keeps all it has", async () => {
    const store = new QueuedStore(new SingleProcessKeyvDriver(keyvOver(open(300)), clock), { macKey });
    await store.update(counter, "a", increment);
    await store.update(counter, "b", increment);
    await expect(store.update(counter, "c", increment)).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await store.update(counter, "c", look)).toBeUndefined();
    expect(await store.update(counter, "a", increment)).toBe(2);
    expect(await store.update(counter, "b", increment)).toBe(2);
  });

  it("takes new keys again once expired ones have made room", async () => {
    const storage = open(300);
    await storage.set("a", "text", 1_000);
    await storage.set("b", "text", 1_000);
    await expect(storage.set("c", "text", 1_000)).rejects.toThrow("full");
    nowMs += 1_000;
    await storage.set("c", "text", 1_000);
    expect(await storage.get("c")).toBe("text");
  });

  it("stops sweeping when disconnected", async () => {
    const storage = open();
    await storage.disconnect();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("counts by what records take, not by how many there are", async () => {
    const storage = open(100_000);
    let taken = 0;
    for (; await storage.set(`key-${taken}`, "x".repeat(10_000), 1_000).catch(() => false); taken++);
    expect(taken).toBe(10);

    const small = open(100_000);
    for (taken = 0; await small.set(`key-${taken}`, "x".repeat(10), 1_000).catch(() => false); taken++);
    expect(taken).toBeGreaterThan(300);
  });

  it("counts a text that needs two bytes a character for twice as much", async () => {
    const [one, two] = [open(), open()];
    await one.set("key", "é".repeat(1_000), 1_000);
    await two.set("key", "€".repeat(1_000), 1_000);
    expect(two.bytes - one.bytes).toBe(1_000);
  });

  it("takes what a record that it has grows by, full or not", async () => {
    const storage = open(300);
    await storage.set("a", "text", 1_000);
    await storage.set("a", "x".repeat(10_000), 1_000);
    await storage.set("a", "x".repeat(20_000), 1_000);
    expect(await storage.get("a")).toHaveLength(20_000);
    await expect(storage.set("b", "text", 1_000)).rejects.toThrow("full");
  });

  it("has as many bytes as the records that it has, whatever came and went", async () => {
    const storage = open();
    await storage.set("kept", "text", 3_600_000);
    const { bytes } = storage;
    await storage.set("deleted", "text", 3_600_000);
    await storage.set("expired", "text", 1_000);
    await storage.set("kept", "a longer text", 3_600_000);
    await storage.set("kept", "text", 3_600_000);
    await storage.delete("deleted");
    await storage.delete("never there");
    nowMs += 1_000;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(storage.bytes).toBe(bytes);
    await storage.clear();
    expect(storage.bytes).toBe(0);
  });

  it.each([0, -1, Number.NaN])("refuses room for %d bytes", (bytesMax) => {
    expect(() => open(bytesMax)).toThrow(RangeError);
  });
});
