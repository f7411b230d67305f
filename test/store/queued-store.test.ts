import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { RecordRefusedError, sealRecord } from "../../src/store/record-mac.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { counter, increment, look, macKey } from "../contract/store-counter.ts";
import { FaultyDriver } from "../support/faulty-driver.ts";

describe("The queue of updates", () => {
  const timeoutMs = 2_000;
  let driver: FaultyDriver;
  let store: QueuedStore;
  const add = () => store.update(counter, "key", increment);
  /** What became of an update. The rejection is handled at once, as a caller would. */
  const fate = (update: Promise<number>) => update.catch((error: unknown) => error);

  beforeEach(() => {
    vi.useFakeTimers();
    driver = new FaultyDriver();
    store = new QueuedStore(driver, { timeoutMs, macKey });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("starts the first update at once and applies those that wait together", async () => {
    const counts = await Promise.all([add(), add(), add(), add()]);
    expect(counts).toEqual([1, 2, 3, 4]);
    expect([driver.reads, driver.replacements]).toEqual([2, 2]);
  });

  it("decodes and encodes once for all that wait", async () => {
    const kind = { ...counter, decode: vi.fn(counter.decode), encode: vi.fn(counter.encode) };
    await Promise.all(Array.from({ length: 100 }, () => store.update(kind, "key", increment)));
    expect([kind.decode.mock.calls.length, kind.encode.mock.calls.length]).toEqual([1, 2]);
  });

  it.each(["rejects", "throws"] as const)(
    "is unavailable when a read %s, with the cause, and then recovers",
    async (fault) => {
      driver.readFault = fault;
      const error = await fate(add());
      expect(error).toBeInstanceOf(StoreUnavailableError);
      expect((error as Error).cause).toBeInstanceOf(Error);
      driver.readFault = undefined;
      expect(await add()).toBe(1);
    },
  );

  it("is unavailable within the timeout when a read never answers, and then recovers", async () => {
    driver.readFault = "never answers";
    const fates = [fate(add()), fate(add())];
    await vi.advanceTimersByTimeAsync(timeoutMs);
    for (const each of fates) expect(await each).toBeInstanceOf(StoreUnavailableError);
    driver.readFault = undefined;
    expect(driver.texts.size).toBe(0);
    expect(await add()).toBe(1);
  });

  it("does not settle one millisecond before the timeout", async () => {
    driver.readFault = "is held";
    const update = add();
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    driver.release();
    expect(await update).toBe(1);
  });

  it("drops an update unapplied whose reading comes too late", async () => {
    driver.readFault = "is held";
    const late = fate(add());
    await vi.advanceTimersByTimeAsync(timeoutMs);
    driver.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(await late).toBeInstanceOf(StoreUnavailableError);
    expect(driver.replacements).toBe(0);
  });

  it("decides once on the updates that came later, on their own reading", async () => {
    driver.readFault = "is held";
    const late = fate(add());
    await vi.advanceTimersByTimeAsync(1);
    const next = add();
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    driver.release();
    expect(await next).toBe(1);
    expect(await late).toBeInstanceOf(StoreUnavailableError);
    expect(driver.replacements).toBe(1);
  });

  it("serves updates that came later although an earlier read never answers", async () => {
    driver.readFault = "never answers";
    const first = fate(add());
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    driver.readFault = undefined;
    const second = add();
    await vi.advanceTimersByTimeAsync(1);
    expect(await first).toBeInstanceOf(StoreUnavailableError);
    expect(await second).toBe(1);
  });

  it("is unavailable when a replacement rejects, for all that were in it", async () => {
    driver.readFault = "is held";
    const first = fate(add());
    const waiting = [fate(add()), fate(add())];
    driver.replaceFault = "rejects";
    driver.readFault = undefined;
    driver.release();
    for (const each of [first, ...waiting]) expect(await each).toBeInstanceOf(StoreUnavailableError);
    expect(driver.replacements).toBe(2);
  });

  it("is unavailable when the answer to a committed replacement was lost", async () => {
    driver.replaceFault = "commits, then rejects";
    expect(await fate(add())).toBeInstanceOf(StoreUnavailableError);
    driver.replaceFault = undefined;
    expect(await add()).toBe(2);
  });

  it("is unavailable within the timeout when a replacement never answers, and then recovers", async () => {
    driver.replaceFault = "never answers";
    const update = fate(add());
    await vi.advanceTimersByTimeAsync(timeoutMs);
    expect(await update).toBeInstanceOf(StoreUnavailableError);
    driver.replaceFault = undefined;
    expect(await add()).toBe(1);
  });

  it("tells nobody of a success that comes too late, and counts it", async () => {
    driver.replaceFault = "commits, is held";
    const late = fate(add());
    await vi.advanceTimersByTimeAsync(timeoutMs);
    driver.release();
    driver.replaceFault = undefined;
    expect(await late).toBeInstanceOf(StoreUnavailableError);
    expect(await add()).toBe(2);
  });

  it("gives up, with few rounds, on a replacement that is always refused", async () => {
    driver.replaceFault = "always refuses";
    const update = fate(add());
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    expect(await update).toBeInstanceOf(StoreUnavailableError);
    expect(driver.replacements).toBe(100);
    expect(driver.texts.size).toBe(0);
  });

  it("applies again to what others wrote meanwhile, and takes in those that came meanwhile", async () => {
    driver.readFault = "is held";
    const first = add();
    const second = add();
    driver.texts.set("key", sealRecord(counter.encode({ count: 10, expiresAtMs: 2_000_000 }), "key", macKey));
    driver.readFault = undefined;
    driver.release();
    expect(await Promise.all([first, second])).toEqual([11, 12]);
    expect(driver.replacements).toBe(2);
  });

  it("is unavailable, with the cause, over a record that cannot be decoded", async () => {
    driver.texts.set("key", sealRecord("not a counter", "key", macKey));
    const error = await fate(add());
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).cause).toBeInstanceOf(SyntaxError);
    expect(driver.replacements).toBe(0);
  });

  it.each([
    ["without its MAC", counter.encode({ count: 1, expiresAtMs: 2_000_000 })],
    ["of another key", sealRecord(counter.encode({ count: 1, expiresAtMs: 2_000_000 }), "other", macKey)],
    ["of nothing", ""],
  ])("is unavailable over a record %s, reads nothing of it and leaves it there", async (_, text) => {
    driver.texts.set("key", text);
    const kind = { ...counter, decode: vi.fn(counter.decode) };
    const error = await store.update(kind, "key", increment).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).cause).toBeInstanceOf(RecordRefusedError);
    expect(kind.decode).not.toHaveBeenCalled();
    expect(driver.texts.get("key")).toBe(text);
  });

  it("is unavailable over a record that cannot be encoded", async () => {
    const unencodable = {
      ...counter,
      encode: () => {
        throw new Error("a bug");
      },
    };
    expect(await fate(store.update(unencodable, "key", increment))).toBeInstanceOf(StoreUnavailableError);
  });

  it("rejects a change that removes a record", async () => {
    await add();
    const removal = store.update(counter, "key", () => ({ record: undefined, outcome: 0 }));
    await expect(removal).rejects.toThrow(TypeError);
    expect(await store.update(counter, "key", look)).toBe(1);
  });

  it("does not let one key wait for another", async () => {
    driver.readFault = "never answers";
    const stuck = fate(add());
    driver.readFault = undefined;
    expect(await store.update(counter, "other", increment)).toBe(1);
    await vi.advanceTimersByTimeAsync(timeoutMs);
    expect(await stuck).toBeInstanceOf(StoreUnavailableError);
  });

  it("refuses more than a thousand waiting updates of one record", async () => {
    driver.readFault = "is held";
    const updates = Array.from({ length: 1_001 }, add);
    const tooMany = fate(add());
    driver.readFault = undefined;
    driver.release();
    expect(await tooMany).toBeInstanceOf(StoreUnavailableError);
    expect(await Promise.all(updates)).toHaveLength(1_001);
  });

  it.each(["rejects", "never answers", undefined] as const)(
    "keeps no key in mind once settled (a read that fails: %s)",
    async (fault) => {
      driver.readFault = fault;
      const updates = Array.from({ length: 50 }, (_, index) =>
        fate(store.update(counter, `key-${index % 5}`, increment)),
      );
      await vi.advanceTimersByTimeAsync(timeoutMs);
      await Promise.all(updates);
      expect(store.keysInUse).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it("refuses updates once closed", async () => {
    await store.close();
    expect(await fate(add())).toBeInstanceOf(StoreUnavailableError);
  });
});
