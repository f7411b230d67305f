import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { SingleProcessKeyvDriver } from "../../src/store/keyv-driver.ts";
import { RedisConnection } from "../../src/store/redis-connection.ts";
import { replaceScript } from "../../src/store/redis-scripts.ts";
import { wrongCode } from "../support/service.ts";
import { BurstConnection } from "./burst.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { profilesWith, stores, World } from "./world.ts";

/** Lets all calls through, so that the right code is refused for the five wrong ones and nothing else. */
const unhurried = profilesWith({
  default: { policies: { base: { ...defaultPolicy, verifiesPerMinute: 1_000 }, named: new Map() } },
});

const ports = ["grpc", "http"] as const;

describe.each(stores)("A wrong code whose caller gives the call up, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store, unhurried);
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => world.end());

  it.each(ports)("once it has arrived, is one of the five, at the port for %s", async (port) => {
    const connection = await BurstConnection.to(world.ports[0]?.[port] ?? 0);
    onTestFinished(() => connection.close());
    const session = await world.open();
    const { sessionId, code } = session;
    const guesses = Array.from({ length: 200 }, (_, index) => ({
      sessionId,
      code: wrongCode(code, index + 1),
    }));
    const burst = await connection.prepare(guesses);
    // The first is being counted, and the others wait for it: none has been answered.
    beforeNextReplacement(async () => {
      burst.giveUp();
      await connection.heard();
    });

    burst.release();

    expect(await tally(burst.outcomes)).toEqual({ "[canceled] given up without a reason": 200 });
    await vi.waitFor(async () => expect(await world.attempts(session)).toBe(5));
    expect(await outcomeOf(world.way(0).verifyPasscode({ sessionId, code }))).toBe("ATTEMPTS_EXHAUSTED");
    expect(await world.attempts(session)).toBe(5);
    if (store !== "Redis") return;
    const stored = await world.storedLedger(session);
    expect(stored?.strange.failures).toHaveLength(5);
  });
});

/** Does something just before the next replacement of a record, which waits for it. */
function beforeNextReplacement(action: () => Promise<void>): void {
  let done: Promise<void> | undefined;
  const first = () => {
    done ??= action();
    return done;
  };
  const { replace } = SingleProcessKeyvDriver.prototype;
  vi.spyOn(SingleProcessKeyvDriver.prototype, "replace").mockImplementation(async function (
    this: SingleProcessKeyvDriver,
    ...given
  ) {
    await first();
    return await replace.apply(this, given);
  });
  const { run } = RedisConnection.prototype;
  vi.spyOn(RedisConnection.prototype, "run").mockImplementation(async function (
    this: RedisConnection,
    script,
    ...given
  ) {
    if (script === replaceScript) await first();
    return await run.call(this, script, ...given);
  });
}

describe("A wrong code whose caller leaves, on Redis", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start("Redis");
  });
  afterAll(() => world.end());

  it.each([0, 1])("in the very moment of its counting, stays counted, over transport %i", async (way) => {
    const session = await world.open();
    const { sessionId, code } = session;

    for (const step of [1, 2, 3, 4, 5]) {
      const leaving = new AbortController();
      world.relay?.before(replaceScript.sha, () => leaving.abort());
      await outcomeOf(
        world.way(way).verifyPasscode({ sessionId, code: wrongCode(code, step) }, { signal: leaving.signal }),
      );
      expect(leaving.signal.aborted).toBe(true);
    }
    const right = await outcomeOf(world.way(way).verifyPasscode({ sessionId, code }));

    expect(right).toBe("ATTEMPTS_EXHAUSTED");
    const stored = await world.storedLedger(session);
    expect(stored?.strange.failures).toHaveLength(5);
  });
});
