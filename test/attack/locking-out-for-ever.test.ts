import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "../support/failure.ts";
import { wrongCode } from "../support/service.ts";
import { age } from "./aging.ts";
import { outcomeOf, refusalOf } from "./outcome.ts";
import { type OpenSession, World } from "./world.ts";

// Written out here: with the numbers of the product, a wrong one would go unseen.
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A stranger who opens sessions for a destination and guesses in them, as often as they are let. */
async function attack(world: World, phoneNumber: string): Promise<void> {
  for (let step = 1; ; step++) {
    const opened: OpenSession | string = await world.open({ phoneNumber }).catch(refusalOf);
    if (typeof opened === "string") return;
    const { sessionId, code } = opened;
    for (const guess of [1, 2, 3, 4, 5]) {
      await outcomeOf(world.way(step).verifyPasscode({ sessionId, code: wrongCode(code, guess) }));
    }
  }
}

describe.each(["memory", "SQLite", "Redis"] as const)("A stranger who guesses all day, on %s,", (store) => {
  let laterMs = 0;
  let world: World;
  beforeAll(async () => {
    const clock = { nowMs: () => Date.now() + laterMs };
    world = await World.start(store, {}, store === "Redis" ? {} : { instances: [{ clock }] });
  });
  afterAll(() => world.end());

  async function wait(ms: number): Promise<void> {
    if (world.redis !== undefined) await age(world.redis, ms, world.macKey);
    else laterMs += ms;
  }

  it("is never told to come back later than in a day, and nor is the owner, who then gets a code", async () => {
    const phoneNumber = world.freshPhone();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const waits: number[] = [];
    for (let waitedMs = 0; waitedMs < dayMs; waitedMs += 20 * minuteMs) {
      await attack(world, phoneNumber);
      const { metadata } = await failureOf(world.way(0).sendPasscode({ destination }));
      const nowMs = Date.now() + laterMs;
      waits.push(Date.parse(metadata["retry_time"] ?? "") - nowMs);
      await wait(20 * minuteMs);
    }
    expect(waits.length).toBe(72);
    expect(Math.max(...waits)).toBeLessThanOrEqual(dayMs);

    await wait(dayMs);
    const { sessionId, code } = await world.open({ phoneNumber });
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
  });

  it("kills no code that the owner has, at any time of it", async () => {
    const phoneNumber = world.freshPhone();
    const owner = await world.open({ phoneNumber });
    for (const _ of [1, 2, 3]) {
      await attack(world, phoneNumber);
      await wait(3 * minuteMs);
    }
    expect(
      await outcomeOf(world.way(1).verifyPasscode({ sessionId: owner.sessionId, code: owner.code })),
    ).toBe("APPROVED");
  });
});
