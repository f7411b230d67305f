import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replaceScript } from "../../src/store/redis-scripts.ts";
import { wrongCode } from "../support/service.ts";
import { BurstConnection } from "./burst.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { stores, World } from "./world.ts";

describe.each(stores)("A wrong code whose caller gives the call up, on %s", (store) => {
  let world: World;
  let connection: BurstConnection;
  beforeAll(async () => {
    world = await World.start(store);
    connection = await BurstConnection.to(world.ports[0]?.grpc ?? 0);
  });
  afterAll(async () => {
    connection.close();
    await world.end();
  });

  it("once it has arrived, is one of the five, however many are given up", async () => {
    const session = await world.open();
    const { sessionId, code } = session;
    const guesses = Array.from({ length: 200 }, (_, index) => ({
      sessionId,
      code: wrongCode(code, index + 1),
    }));

    const burst = await connection.prepare(guesses);
    burst.release();
    burst.giveUp();
    expect(await tally(burst.outcomes)).toEqual({ "[canceled] given up without a reason": 200 });
    await connection.heard();

    const later = world.together(5, (client, index) =>
      outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code, 201 + index) })),
    );
    expect(Object.keys(await tally(later))).not.toContain("APPROVED");
    expect(await world.attempts(session)).toBe(5);
    expect((await world.storedLedger(session))?.failures.length ?? 5).toBe(5);
  });
});

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
    expect(stored?.failures).toHaveLength(5);
  });
});
