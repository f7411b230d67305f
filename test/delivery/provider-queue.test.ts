import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DeliveryOutcome } from "../../src/delivery/provider.ts";
import { ProviderQueue, type QueueSettings, type Turn } from "../../src/delivery/provider-queue.ts";
import { anybody } from "../support/passcodes.ts";
import { accepted, failing } from "./scripted-provider.ts";

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 11, 1) }));
afterEach(() => vi.useRealTimers());

const throttled: DeliveryOutcome = { kind: "overloaded", detail: "429", retryAfterMs: 5_000 };

/**
 * A queue; `enter` has one more message wait for a turn, under a name by which `events` tells
 * what came of it, and `end` ends the oldest turn of that name.
 */
function queueWith(changes: Partial<QueueSettings> = {}) {
  const settings = { concurrency: 1, queueMax: 2_000, ...changes };
  const queue = new ProviderQueue(settings, { nowMs: () => Date.now() });
  const events: string[] = [];
  const turns = new Map<string, Turn[]>();
  const enter = async (
    name: string,
    {
      key = name,
      withinMs = 20_000,
      mayGoElsewhere = false,
      ...caller
    }: Partial<typeof anybody & { withinMs: number; mayGoElsewhere: boolean }> = {},
  ) => {
    const turn = await queue.turn({ ...anybody, ...caller, key }, { withinMs, mayGoElsewhere });
    events.push("detail" in turn ? `${name} ${turn.kind}: ${turn.detail}` : `${name} ${turn.kind}`);
    if (turn.kind === "turn") turns.set(name, [...(turns.get(name) ?? []), turn]);
    return turn;
  };
  const end = async (name: string, outcome: DeliveryOutcome = accepted) => {
    const turn = turns.get(name)?.shift();
    const isNews = turn?.heard(outcome);
    turn?.end();
    await settled();
    return isNews;
  };
  return { queue, enter, end, events };
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const many = (count: number, enter: () => unknown) => Array.from({ length: count }, enter);

describe("a turn", () => {
  test("is given at once to as many as may be in hand, and to the next when one ends", async () => {
    const { enter, end, events } = queueWith({ concurrency: 2 });
    for (const name of ["a", "b", "c"]) void enter(name);
    await settled();
    expect(events).toEqual(["a turn", "b turn"]);
    await end("b");
    expect(events).toEqual(["a turn", "b turn", "c turn"]);
  });

  test("is given to no more in any second than the rate allows", async () => {
    const { enter, events } = queueWith({ concurrency: 100, ratePerSecond: 3 });
    many(8, () => void enter("a"));
    await settled();
    expect(events).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(999);
    expect(events).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toHaveLength(6);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(events).toHaveLength(8);
  });

  test("is waited for no longer than the caller has", async () => {
    const { enter, events } = queueWith();
    void enter("a");
    void enter("b", { withinMs: 3_000 });
    await vi.advanceTimersByTimeAsync(2_999);
    expect(events).toEqual(["a turn"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual(["a turn", "b busy: no turn in time"]);
  });

  test("is not given to a caller who has left, whose place is free at once", async () => {
    const { enter, end, events } = queueWith({ queueMax: 1 });
    const leaving = new AbortController();
    void enter("a");
    void enter("b", { signal: leaving.signal });
    leaving.abort();
    void enter("c");
    await settled();
    await end("a");
    expect(events).toEqual(["a turn", "b canceled: caller gone", "c turn"]);
  });

  test("is not used by a caller whose time was up just then", async () => {
    const { enter, end, events } = queueWith();
    void enter("a");
    void enter("b", { gone: () => true });
    void enter("c");
    await settled();
    await end("a");
    expect(events).toEqual(["a turn", "b canceled: caller gone", "c turn"]);
  });
});

describe("those who wait", () => {
  test("take turns by key, each key's in their order", async () => {
    const { enter, end, events } = queueWith();
    for (const name of ["a1", "a2", "a3", "a4"]) void enter(name, { key: "a" });
    for (const name of ["b1", "b2"]) void enter(name, { key: "b" });
    await settled();
    for (const name of ["a1", "a2", "b1", "a3", "b2"]) await end(name);
    expect(events.map((event) => event.split(" ")[0])).toEqual(["a1", "a2", "b1", "a3", "b2", "a4"]);
  });

  test("are delayed by another's thousand by one message alone", async () => {
    const { enter, end, events } = queueWith();
    many(1_001, () => void enter("flood"));
    await settled();
    void enter("one");
    await end("flood");
    await end("flood");
    expect(events).toEqual(["flood turn", "flood turn", "one turn"]);
  });

  test("are as many as the queue holds; one more is refused at once", async () => {
    const { enter, events } = queueWith({ queueMax: 2 });
    for (const name of ["a1", "a2", "a3", "a4"]) void enter(name, { key: "a" });
    await settled();
    expect(events).toEqual(["a1 turn", "a4 busy: queue full"]);
  });

  test("give way in a full queue when their key has more waiting than another: the newest goes", async () => {
    const { enter, events } = queueWith({ queueMax: 3 });
    for (const name of ["a1", "a2", "a3", "a4"]) void enter(name, { key: "a" });
    void enter("b1", { key: "b" });
    void enter("b2", { key: "b" });
    await settled();
    expect(events.sort()).toEqual(["a1 turn", "a4 busy: queue full", "b2 busy: queue full"]);
  });

  test("are let go when the queue closes, and nobody comes in after", async () => {
    const { queue, enter, events } = queueWith();
    void enter("a");
    void enter("b");
    await settled();
    queue.close();
    await settled();
    void enter("c");
    await settled();
    expect(events).toEqual(["a turn", "b busy: closed", "c busy: closed"]);
  });

  test("go elsewhere at once where they can, should the provider be passed over", async () => {
    const { queue, enter, events } = queueWith();
    void enter("a");
    void enter("b", { mayGoElsewhere: true });
    void enter("c");
    await settled();
    queue.passOver();
    await settled();
    expect(events).toEqual(["a turn", "b passedOver"]);
  });
});

describe("a provider that has too much", () => {
  test("is left alone for as long as it asks, by everybody", async () => {
    const { queue, enter, end, events } = queueWith({ concurrency: 10 });
    void enter("a");
    await settled();
    await end("a", throttled);
    expect(queue.heldForMs).toBe(5_000);
    void enter("b");
    await vi.advanceTimersByTimeAsync(4_999);
    expect(events).toEqual(["a turn"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(events).toEqual(["a turn", "b turn"]);
  });

  test.each<[string, DeliveryOutcome, number]>([
    ["a second, when it does not say for how long", failing("overloaded"), 1_000],
    ["a minute at most", { ...throttled, retryAfterMs: 3_600_000 }, 60_000],
    ["no time, when the trouble is one destination's", { ...throttled, ofDestination: true }, 0],
    ["no time, when it has refused", failing("accountRefused"), 0],
  ])("is left alone for %s", async (_, outcome, heldForMs) => {
    const { queue, enter, end } = queueWith();
    void enter("a");
    await settled();
    await end("a", outcome);
    expect(queue.heldForMs).toBe(heldForMs);
  });

  test("is not waited for by those whose time is shorter than that, and they are told when to come back", async () => {
    const { enter, end } = queueWith();
    void enter("a");
    await settled();
    await end("a", throttled);
    expect(await enter("b", { withinMs: 5_000 })).toEqual({
      kind: "busy",
      detail: "left alone",
      retryAfterMs: 5_000,
    });
  });

  test("gets one message after that, and one more in hand with every answer, not all at once", async () => {
    const { enter, end, events } = queueWith({ concurrency: 8 });
    many(20, () => void enter("a"));
    await settled();
    expect(events).toHaveLength(8);
    for (let turn = 0; turn < 8; turn++) await end("a", throttled);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(events).toHaveLength(9);
    await end("a");
    expect(events).toHaveLength(11);
    await end("a");
    await end("a");
    expect(events).toHaveLength(15);
  });

  test("tells it to everybody in hand, which is news but once", async () => {
    const { enter, end } = queueWith({ concurrency: 3 });
    many(3, () => void enter("a"));
    await settled();
    expect(await end("a", throttled)).toBe(true);
    expect(await end("a", throttled)).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await end("a", throttled)).toBe(false);
    void enter("b");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await end("b", throttled)).toBe(true);
  });
});
