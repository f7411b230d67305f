import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effort, tally } from "../proof/effort.ts";
import { startRedis } from "../support/redis.ts";
import { startService, wrongCode } from "../support/service.ts";
import { tally as countsOf, outcomeOf, refusalOf } from "./outcome.ts";
import { type OpenSession, World } from "./world.ts";

const evicting = [
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
];

it.each(evicting)("no service starts on a Redis that makes room by %s", async (policy) => {
  const redis = await startRedis(["maxmemory 100mb", `maxmemory-policy ${policy}`]);
  try {
    const topology = { kind: "single", url: redis.url } as const;
    const started = startService({ store: { kind: "redis", topology, tls: false, timeoutMs: 2_000 } });
    await expect(started).rejects.toThrow(
      `its maxmemory-policy is ${policy}: a store that may evict counters`,
    );
  } finally {
    await redis.stop();
  }
});

describe("On a Redis that is full to the brim,", () => {
  let world: World;
  let exhausted: OpenSession;
  let live: OpenSession;
  let sentOut: OpenSession;
  beforeAll(async () => {
    world = await World.start("Redis");
    exhausted = await world.open();
    for (const step of [1, 2, 3, 4, 5]) {
      await world.way(step).verifyPasscode({ ...exhausted, code: wrongCode(exhausted.code, step) });
    }
    live = await world.open();
    sentOut = await world.open();
    for (const _ of [2, 3, 4, 5]) await world.open({ phoneNumber: sentOut.phoneNumber });
    await flood(world);
  });
  afterAll(() => world.end());

  it("the flood does not wash away what an attacker has used up", async () => {
    const { sessionId, code, phoneNumber } = exhausted;
    const outcomes = world.together(8, (client) => outcomeOf(client.verifyPasscode({ sessionId, code })));
    expect(await countsOf(outcomes)).toEqual({ STORE_UNAVAILABLE: 8 });
    expect(await world.attempts(exhausted)).toBe(5);
    expect(await world.open({ phoneNumber }).catch(refusalOf)).toBe("COOLDOWN");
    expect(await world.open({ phoneNumber: sentOut.phoneNumber }).catch(refusalOf)).toBe("SEND_LIMIT");
  });

  it("nothing new is sent and nothing compared, until there is room again", async () => {
    const { sessionId, code } = live;
    const before = world.messages.length;
    expect(await world.open().catch(refusalOf)).toBe("STORE_UNAVAILABLE");
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("STORE_UNAVAILABLE");
    expect(world.messages).toHaveLength(before);

    await world.redis?.command("CONFIG", "SET", "maxmemory", "0");
    expect(await world.attempts(live)).toBe(0);
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
  });
});

/** Fills it with keys as somebody would who shares it, until it may take no more. */
async function flood({ redis }: World): Promise<void> {
  const junk = "for i = 1, ARGV[1] do redis.call('SETEX', 'junk' .. i, 1000, 'x') end";
  const keys = Math.min(1_000_000, 50_000 * effort);
  await redis?.command("EVAL", junk, "0", String(keys));
  await redis?.command("CONFIG", "SET", "maxmemory", "1mb");
  tally("attack", { "keys of a flood": keys });
}
