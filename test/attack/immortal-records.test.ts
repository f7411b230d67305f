import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { dayMs } from "../../src/ledger/policy.ts";
import { SingleProcessKeyvDriver } from "../../src/store/keyv-driver.ts";
import { RedisConnection } from "../../src/store/redis-connection.ts";
import { replaceScript } from "../../src/store/redis-scripts.ts";
import { wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { stores, World } from "./world.ts";

/** Milliseconds that each key in Redis has to live; -1 stands for a life without end. */
async function livesIn(world: World): Promise<number[]> {
  const script =
    "local t = {} for i, k in ipairs(redis.call('KEYS', '*')) do t[i] = redis.call('PTTL', k) end return t";
  const lives = await world.redis?.command("EVAL", script, "0");
  return (Array.isArray(lives) ? lives : []).map(Number);
}

describe("On Redis, after all that can happen to a code, in parallel and with faults,", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start("Redis", {}, { storeTimeoutMs: 2_000 });
  });
  afterAll(() => world.end());

  it("every record of a destination ends, in two days at the latest, and the one of the instances in a week", async () => {
    const opened = await Promise.all(
      Array.from({ length: 20 }, (_, index) => world.open({ client: world.way(index) })),
    );
    const calls = opened.flatMap(({ sessionId, code, phoneNumber }, index) => {
      const destination = { case: "phoneNumber", value: phoneNumber } as const;
      const requestId = randomUUID();
      const client = world.way(index);
      return [
        outcomeOf(client.sendPasscode({ destination, sessionId, channel: Channel.VOICE, requestId })),
        outcomeOf(client.sendPasscode({ destination, sessionId, requestId })),
        outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code), requestId: randomUUID() })),
        outcomeOf(client.verifyPasscode({ sessionId, code: index % 2 === 0 ? code : wrongCode(code) })),
        ...(index % 3 === 0
          ? [
              client.cancelSession({ sessionId }).then(
                () => "CANCELED",
                () => "REFUSED",
              ),
            ]
          : []),
      ];
    });
    world.relay?.before(replaceScript.sha, () => world.relay?.loseAnswers());
    await tally(calls);
    world.relay?.mend();
    await vi.waitFor(() => world.open());

    const lives = await livesIn(world);
    expect(lives.length).toBeGreaterThan(20);
    expect(Math.min(...lives)).toBeGreaterThan(0);
    // The one that no destination's number can make more of: what instances agree on.
    const [agreed = 0, ...others] = lives.toSorted((a, b) => b - a);
    expect(agreed).toBeLessThanOrEqual(7 * dayMs);
    expect(Math.max(...others)).toBeLessThanOrEqual(2 * dayMs);
  });
});

describe.each(stores)("When a record ends between its reading and its replacement, on %s,", (store) => {
  let laterMs = 0;
  let world: World;
  beforeAll(async () => {
    const clock = { nowMs: () => Date.now() + laterMs };
    world = await World.start(store, {}, store === "Redis" ? {} : { instances: [{ clock }] });
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => world.end());

  /** Just before the next replacement arrives, nothing is there any more to be replaced. */
  function endBeforeReplacement(): void {
    const { redis } = world;
    if (redis === undefined) {
      const { replace } = SingleProcessKeyvDriver.prototype;
      vi.spyOn(SingleProcessKeyvDriver.prototype, "replace").mockImplementationOnce(function (
        this: SingleProcessKeyvDriver,
        ...given
      ) {
        laterMs += 3 * dayMs;
        return replace.apply(this, given);
      });
      return;
    }
    const { run } = RedisConnection.prototype;
    let isDone = false;
    vi.spyOn(RedisConnection.prototype, "run").mockImplementation(async function (
      this: RedisConnection,
      script,
      key,
      values,
    ) {
      if (script === replaceScript && !isDone) {
        isDone = true;
        await redis.command("DEL", key);
      }
      return await run.call(this, script, key, values);
    });
  }

  it("a code is not compared with it, and it does not come back", async () => {
    const { sessionId, code } = await world.open();
    const before = (await livesIn(world)).length;
    endBeforeReplacement();
    expect(await outcomeOf(world.way(0).verifyPasscode({ sessionId, code }))).toBe("SESSION_NOT_FOUND");
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("SESSION_NOT_FOUND");
    expect((await livesIn(world)).length).toBe(world.redis === undefined ? 0 : before - 1);
  });

  it("a send is counted in a new one, which ends in its turn", async () => {
    const { phoneNumber } = await world.open();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    endBeforeReplacement();
    expect((await world.way(0).sendPasscode({ destination })).sendsRemaining).toBe(4);
    expect((await livesIn(world)).filter((life) => life < 0)).toEqual([]);
  });
});
