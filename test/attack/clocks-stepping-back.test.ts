import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wrongCode } from "../support/service.ts";
import { age } from "./aging.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { stores, World } from "./world.ts";

// Written out here: with the numbers of the product, a wrong one would go unseen.
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/*
 * For memory and SQLite the clock itself steps. Redis's cannot be set: there the records
 * are moved into the future instead, which to the service is the same.
 */

describe.each(stores)("When the clock steps back by an hour, on %s,", (store) => {
  let nowMs = Date.UTC(2026, 0, 1);
  let world: World;
  beforeAll(async () => {
    const clock = { nowMs: () => nowMs };
    world = await World.start(store, {}, store === "Redis" ? {} : { instances: [{ clock }] });
  });
  afterAll(() => world.end());

  async function step(ms: number): Promise<void> {
    if (world.redis !== undefined) await age(world.redis, ms, world.macKey);
    else nowMs += ms;
  }

  function sends(count: number, phoneNumber: string) {
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    return tally(world.together(count, (client) => outcomeOf(client.sendPasscode({ destination }))));
  }

  it("no sends are given back, and none is withheld once it has caught up", async () => {
    const phoneNumber = world.freshPhone();
    expect(await sends(7, phoneNumber)).toEqual({ PENDING: 5, SEND_LIMIT: 2 });
    await step(-hourMs);
    expect(await sends(7, phoneNumber)).toEqual({ SEND_LIMIT: 7 });
    await step(hourMs + minuteMs);
    expect(await sends(7, phoneNumber)).toEqual({ PENDING: 5, SEND_LIMIT: 2 });
  });

  it("no tries are given back, and no session lives again", async () => {
    const { sessionId, code } = await world.open();
    for (const guess of [1, 2, 3, 4]) {
      await world.way(guess).verifyPasscode({ sessionId, code: wrongCode(code, guess) });
    }
    await step(-hourMs);
    expect(await world.attempts({ sessionId })).toBe(4);
    const fifth = { sessionId, code: wrongCode(code, 5) };
    expect(await outcomeOf(world.way(1).verifyPasscode(fifth))).toBe("ATTEMPTS_EXHAUSTED");
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("ATTEMPTS_EXHAUSTED");
    await step(hourMs);
  });

  it("a code that was found expired stays so", async () => {
    const { sessionId, code } = await world.open();
    await step(10 * minuteMs);
    expect(await outcomeOf(world.way(0).verifyPasscode({ sessionId, code }))).toBe("EXPIRED");
    await step(-hourMs);
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("EXPIRED");
    await step(hourMs);
  });

  it("a destination that cools down goes on to, and is free again in time", async () => {
    const { sessionId, code, phoneNumber } = await world.open();
    for (const guess of [1, 2, 3, 4, 5]) {
      await world.way(guess).verifyPasscode({ sessionId, code: wrongCode(code, guess) });
    }
    await step(-hourMs);
    expect(await sends(2, phoneNumber)).toEqual({ COOLDOWN: 2 });
    await step(hourMs + 10 * minuteMs);
    expect(await sends(1, phoneNumber)).toEqual({ PENDING: 1 });
  });

  it("a code in hand stays good", async () => {
    const { sessionId, code } = await world.open();
    await step(-hourMs);
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
    await step(hourMs);
  });
});
