import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Driver, decisionAgeMaxMs } from "../../src/store/driver.ts";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { CountingDriver, counter, increment, look, macKey } from "./store-counter.ts";

/** A place to keep records in, and how many drivers may use it at a time. */
export interface StorePlace {
  openDriver(): Promise<Driver>;
  isShared: boolean;
  remove(): Promise<void>;
}

/** What every store does, whatever it keeps its records in. */
export function storeContract(name: string, setUp: () => Promise<StorePlace>): void {
  describe(name, () => {
    let place: StorePlace;
    let driver: CountingDriver;
    let store: QueuedStore;
    let key: string;
    let keys = 0;

    beforeAll(async () => {
      place = await setUp();
      driver = new CountingDriver(await place.openDriver());
      store = new QueuedStore(driver, { macKey });
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });
    beforeEach(() => {
      key = `key-${++keys}`;
      driver.reads = 0;
      driver.replacements = 0;
    });

    it("gives a change of an absent record undefined", async () => {
      expect(await store.update(counter, key, look)).toBeUndefined();
    });

    it("reads back what was written", async () => {
      await store.update(counter, key, increment);
      expect(await store.update(counter, key, look)).toBe(1);
    });

    it("answers the outcome of the change", async () => {
      await store.update(counter, key, increment);
      expect(await store.update(counter, key, increment)).toBe(2);
    });

    it("writes nothing for a change that leaves the record as it is", async () => {
      await store.update(counter, key, increment);
      await store.update(counter, key, look);
      await store.update(counter, `${key}-absent`, look);
      expect(driver.replacements).toBe(1);
    });

    it("tells a present instant", async () => {
      const nowMs = await store.update(counter, key, (record, nowMs) => ({ record, outcome: nowMs }));
      expect(Math.abs(nowMs - Date.now())).toBeLessThan(5_000);
    });

    it("counts two hundred increments at once as two hundred, in ten replacements at most", async () => {
      const counts = await Promise.all(
        Array.from({ length: 200 }, () => store.update(counter, key, increment)),
      );
      expect(new Set(counts).size).toBe(200);
      expect(await store.update(counter, key, look)).toBe(200);
      expect(driver.replacements).toBeLessThanOrEqual(10);
    });

    it("keeps keys apart", async () => {
      const updates = Array.from({ length: 100 }, (_, index) =>
        store.update(counter, `${key}-${index}`, increment),
      );
      expect(new Set(await Promise.all(updates))).toEqual(new Set([1]));
    });

    it("keeps keys of any characters and length apart", async () => {
      const odd = [
        ":",
        "::",
        "{}",
        "{a}b",
        "*",
        "?",
        "\n",
        "\0",
        "a\0b",
        "a\0c",
        " ",
        "keyv:a",
        "a",
        "é",
        "x".repeat(4_000),
      ];
      for (const suffix of odd) expect(await store.update(counter, key + suffix, increment)).toBe(1);
      for (const suffix of odd) expect(await store.update(counter, key + suffix, look)).toBe(1);
    });

    it("keeps a text of any characters as it is", async () => {
      const text = "\0\n\r\"'{}[]é漢😀".repeat(50);
      const reading = await driver.read(key);
      await driver.replace(key, reading, { text, expiresAtMs: reading.nowMs + 60_000 });
      expect((await driver.read(key)).text).toBe(text);
    });

    it("rejects a change that throws, and no other", async () => {
      const bug = new Error("a bug");
      const updates = [
        store.update(counter, key, increment),
        store.update(counter, key, increment),
        store.update(counter, key, () => {
          throw bug;
        }),
        store.update(counter, key, increment),
      ];
      expect(await Promise.allSettled(updates)).toEqual([
        { status: "fulfilled", value: 1 },
        { status: "fulfilled", value: 2 },
        { status: "rejected", reason: bug },
        { status: "fulfilled", value: 3 },
      ]);
    });

    it("drops an expired record by itself", async () => {
      await store.update(counter, key, (_, nowMs) => ({
        record: { count: 1, expiresAtMs: nowMs + 30.5 },
        outcome: undefined,
      }));
      await vi.waitFor(async () => expect((await driver.read(key)).text).toBeUndefined());
    });

    it("takes a record that has expired already for absent", async () => {
      await store.update(counter, key, (_, nowMs) => ({
        record: { count: 1, expiresAtMs: nowMs - 1_000 },
        outcome: undefined,
      }));
      await vi.waitFor(async () => expect((await driver.read(key)).text).toBeUndefined());
    });

    it("refuses to replace a text other than the one read", async () => {
      const reading = await driver.read(key);
      await store.update(counter, key, increment);
      const next = { text: "{}", expiresAtMs: reading.nowMs + 60_000 };
      expect(await driver.replace(key, reading, next)).toBe(false);
      expect(await driver.replace(key, { ...reading, text: "{}" }, next)).toBe(false);
      expect(await store.update(counter, key, look)).toBe(1);
    });

    it("refuses to replace on a reading that is too old", async () => {
      const reading = await driver.read(key);
      const old = { ...reading, nowMs: reading.nowMs - decisionAgeMaxMs - 1 };
      expect(await driver.replace(key, old, { text: "{}", expiresAtMs: reading.nowMs + 60_000 })).toBe(false);
      expect((await driver.read(key)).text).toBeUndefined();
    });

    it("lets one of two replacements on the same reading through", async () => {
      const reading = await driver.read(key);
      const replace = (text: string) =>
        driver.replace(key, reading, { text, expiresAtMs: reading.nowMs + 60_000 });
      expect((await Promise.all([replace("a"), replace("b")])).sort()).toEqual([false, true]);
    });

    it("loses no increment of two stores at once", async () => {
      const other = new QueuedStore(place.isShared ? await place.openDriver() : driver, { macKey });
      const updates = Array.from({ length: 400 }, (_, index) =>
        (index % 2 === 0 ? store : other).update(counter, key, increment),
      );
      expect(new Set(await Promise.all(updates)).size).toBe(400);
      expect(await store.update(counter, key, look)).toBe(400);
      if (place.isShared) await other.close();
    });

    it("keeps nothing in mind about keys without updates under way", async () => {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => store.update(counter, `${key}-${index}`, increment)),
      );
      expect(store.keysInUse).toBe(0);
    });
  });
}
