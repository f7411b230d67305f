import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FallbackWatch } from "../../src/passcode/fallback-watch.ts";

const minuteMs = 60_000;
const send = { sessionId: "session", delivery: 0 };

let fallBack: ReturnType<typeof vi.fn<() => Promise<void>>>;
let fallbacks: FallbackWatch;

beforeEach(() => {
  vi.useFakeTimers();
  fallBack = vi.fn(async () => {});
  fallbacks = new FallbackWatch();
});
afterEach(() => vi.useRealTimers());

describe("A watched send", () => {
  test("falls back when it is reported as failed, once", () => {
    fallbacks.watch(send, { afterMs: minuteMs, forgetMs: 10 * minuteMs, fallBack });
    fallbacks.failed(send);
    fallbacks.failed(send);
    vi.advanceTimersByTime(20 * minuteMs);
    expect(fallBack).toHaveBeenCalledTimes(1);
  });

  test("falls back when its time is over, once, and not before", () => {
    fallbacks.watch(send, { afterMs: minuteMs, forgetMs: 10 * minuteMs, fallBack });
    vi.advanceTimersByTime(minuteMs - 1);
    expect(fallBack).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    fallbacks.failed(send);
    vi.advanceTimersByTime(20 * minuteMs);
    expect(fallBack).toHaveBeenCalledTimes(1);
  });

  test("that has arrived does not fall back any more", () => {
    fallbacks.watch(send, { afterMs: minuteMs, forgetMs: 10 * minuteMs, fallBack });
    fallbacks.arrived(send);
    fallbacks.failed(send);
    vi.advanceTimersByTime(20 * minuteMs);
    expect(fallBack).not.toHaveBeenCalled();
  });

  test.each([{ afterMs: 10 * minuteMs }, {}])(
    "is forgotten when its code is dead, be it the instant to fall back at: %o",
    async (time) => {
      fallbacks.watch(send, { ...time, forgetMs: 10 * minuteMs, fallBack });
      vi.advanceTimersByTime(10 * minuteMs);
      fallbacks.failed(send);
      expect(fallBack).not.toHaveBeenCalled();
      expect(await fallbacks.close()).toBe(0);
    },
  );

  test("is not taken for another of its session, or of another one", () => {
    fallbacks.watch(send, { forgetMs: minuteMs, fallBack });
    fallbacks.failed({ ...send, delivery: 1 });
    fallbacks.arrived({ ...send, sessionId: "other" });
    expect(fallBack).not.toHaveBeenCalled();
    fallbacks.failed(send);
    expect(fallBack).toHaveBeenCalledTimes(1);
  });

  test("holds up no process that has nothing else to do", () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    fallbacks.watch(send, { forgetMs: minuteMs, fallBack });
    const after = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    expect(after).toBe(before);
  });
});

test("of more than 100,000 sends at once those on top are not watched, until there is room", async () => {
  const watch = (delivery: number) =>
    fallbacks.watch({ ...send, delivery }, { forgetMs: minuteMs, fallBack });
  for (let delivery = 0; delivery < 100_000; delivery++) watch(delivery);
  watch(100_000);
  fallbacks.failed({ ...send, delivery: 100_000 });
  expect(fallBack).not.toHaveBeenCalled();
  fallbacks.arrived(send);
  watch(100_000);
  fallbacks.failed({ ...send, delivery: 100_000 });
  expect(fallBack).toHaveBeenCalledTimes(1);
  expect(await fallbacks.close()).toBe(99_999);
});

describe("Closing", () => {
  test("gives up the sends that wait, and tells how many", async () => {
    for (const delivery of [0, 1]) {
      fallbacks.watch({ ...send, delivery }, { afterMs: 1, forgetMs: minuteMs, fallBack });
    }
    expect(await fallbacks.close()).toBe(2);
    vi.advanceTimersByTime(20 * minuteMs);
    fallbacks.failed(send);
    expect(fallBack).not.toHaveBeenCalled();
  });

  test("lets a fallback that has begun end", async () => {
    const begun = Promise.withResolvers<void>();
    const events: string[] = [];
    fallbacks.watch(send, {
      forgetMs: minuteMs,
      fallBack: () => begun.promise.then(() => void events.push("fallen back")),
    });
    fallbacks.failed(send);
    const closed = fallbacks.close().then(() => events.push("closed"));
    begun.resolve();
    await closed;
    expect(events).toEqual(["fallen back", "closed"]);
  });
});

test("more sends than can be watched are told once, and again after there was room", () => {
  const onFull = vi.fn();
  const full = new FallbackWatch(onFull);
  const watch = (delivery: number) =>
    full.watch({ sessionId: "session", delivery }, { forgetMs: 10 * minuteMs, fallBack });
  for (let delivery = 0; delivery < 100_000; delivery++) watch(delivery);
  expect(onFull).not.toHaveBeenCalled();
  watch(100_000);
  watch(100_001);
  expect(onFull).toHaveBeenCalledTimes(1);
  full.arrived({ sessionId: "session", delivery: 0 });
  watch(100_002);
  watch(100_003);
  expect(onFull).toHaveBeenCalledTimes(2);
});
