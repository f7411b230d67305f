import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { stores, World } from "./world.ts";

describe.each(stores)("A thousand wrong codes, one after the other, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it("are compared five times", async () => {
    const session = await world.open();
    const { sessionId, code } = session;
    const outcomes: Promise<string>[] = [];

    for (let guess = 1; guess <= 1_000; guess += 1) {
      outcomes.push(outcomeOf(world.way(guess).verifyPasscode({ sessionId, code: wrongCode(code, guess) })));
      await outcomes.at(-1);
    }

    expect(await tally(outcomes)).toEqual({ WRONG_CODE: 4, ATTEMPTS_EXHAUSTED: 6, VERIFY_LIMIT: 990 });
    expect(await world.attempts(session)).toBe(5);
    if (store === "Redis") expect((await world.storedLedger(session))?.strange.failures).toHaveLength(5);
  });

  it("of malformed codes cost nothing and tell nothing", async () => {
    const { sessionId, code } = await world.open();
    const malformed = [
      code.slice(1),
      `${code}0`,
      `${code.slice(1)}A`,
      `${code.slice(1)}é`,
      ` ${code.slice(1)}`,
      "",
    ];

    const outcomes = malformed.map((guess, index) =>
      outcomeOf(world.way(index).verifyPasscode({ sessionId, code: guess })),
    );

    expect(await tally(outcomes)).toEqual({ CODE_MALFORMED: 3, INVALID_REQUEST: 3 });
    expect(await world.attempts({ sessionId })).toBe(0);
  });
});
