import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countWithin, roomAtMs, within } from "../../src/ledger/window.ts";

describe("A window", () => {
  it.each([
    [1_099, 3],
    [1_100, 2],
    [1_199, 2],
    [1_200, 1],
    [1_299, 1],
    [1_300, 0],
  ])("of 100 ms at %i holds %i of the instants 1000, 1100 and 1200", (nowMs, count) => {
    expect(countWithin([1_000, 1_100, 1_200], 100, nowMs)).toBe(count);
    expect(within([1_000, 1_100, 1_200], 100, nowMs)).toHaveLength(count);
  });

  it("holds instants that are alike each on its own", () => {
    expect(countWithin([5, 5, 5], 10, 14)).toBe(3);
    expect(countWithin([5, 5, 5], 10, 15)).toBe(0);
  });

  it("holds nothing of nothing", () => {
    expect(countWithin([], 10, 5)).toBe(0);
    expect(roomAtMs([], { limit: 1, spanMs: 10 }, 5)).toBeUndefined();
  });

  it("gives back the very log when nothing has left it", () => {
    const log = [1, 2, 3];
    expect(within(log, 10, 10)).toBe(log);
    expect(within(log, 10, 11)).toEqual([2, 3]);
  });

  it("has room now below its limit, and when the oldest leaves at it", () => {
    expect(roomAtMs([10, 20], { limit: 3, spanMs: 100 }, 50)).toBeUndefined();
    expect(roomAtMs([10, 20, 30], { limit: 3, spanMs: 100 }, 50)).toBe(110);
    expect(roomAtMs([10, 20, 30], { limit: 3, spanMs: 100 }, 109)).toBe(110);
    expect(roomAtMs([10, 20, 30], { limit: 3, spanMs: 100 }, 110)).toBeUndefined();
  });

  it("that holds more than its limit has room when enough have left", () => {
    expect(roomAtMs([10, 20, 30], { limit: 1, spanMs: 100 }, 50)).toBe(130);
    expect(roomAtMs([10, 20, 30], { limit: 2, spanMs: 100 }, 50)).toBe(120);
  });

  const log = fc.array(fc.nat(300), { maxLength: 20 }).map((instants) => instants.sort((a, b) => a - b));

  it("holds exactly the instants younger than its span", () => {
    const property = fc.property(
      log,
      fc.integer({ min: 1, max: 200 }),
      fc.nat(300),
      (all, spanMs, laterMs) => {
        const nowMs = (all.at(-1) ?? 0) + laterMs;
        const young = all.filter((atMs) => nowMs - atMs < spanMs);
        expect(countWithin(all, spanMs, nowMs)).toBe(young.length);
        expect(within(all, spanMs, nowMs)).toEqual(young);
      },
    );
    fc.assert(property, { seed: 1, numRuns: 1_000 });
  });

  it("has room at the instant it names and at none before", () => {
    const limit = fc.integer({ min: 1, max: 6 });
    const property = fc.property(log, limit, fc.integer({ min: 1, max: 200 }), (all, most, spanMs) => {
      const nowMs = all.at(-1) ?? 0;
      const window = { limit: most, spanMs };
      const first = Array.from({ length: spanMs + 1 }, (_, ms) => nowMs + ms).find(
        (atMs) => countWithin(all, spanMs, atMs) < most,
      );
      expect(roomAtMs(all, window, nowMs) ?? nowMs).toBe(first);
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });
});
