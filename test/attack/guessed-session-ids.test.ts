import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effort, tally } from "../proof/effort.ts";
import { tally as countsOf, outcomeOf } from "./outcome.ts";
import { stores, World } from "./world.ts";

const guesses = 200 * effort;

describe.each(stores)("A stranger without the id of a session, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it("spends none of its tries or sends by ids of their own making", async () => {
    const { sessionId, code, phoneNumber } = await world.open();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const bytes = Buffer.from(sessionId, "base64url");
    /** Right in all but the last bytes, all but the first, or of the right length alone. */
    const guess = (index: number) => {
      const random = randomBytes(bytes.length);
      if (index % 3 === 0) return Buffer.concat([bytes.subarray(0, 17), random.subarray(17)]);
      if (index % 3 === 1)
        return Buffer.concat([bytes.subarray(0, 1), random.subarray(1, 17), bytes.subarray(17)]);
      return random;
    };

    const guessed = world.together(guesses, (client, index) => {
      const id = guess(index).toString("base64url");
      if (index % 4 === 3) return outcomeOf(client.sendPasscode({ destination, sessionId: id }));
      return outcomeOf(client.verifyPasscode({ sessionId: id, code }));
    });

    expect(await countsOf(guessed)).toEqual({ SESSION_NOT_FOUND: guesses });
    tally("attack", { "guessed session ids": guesses });
    expect(await world.attempts({ sessionId })).toBe(0);
    expect((await world.way(0).sendPasscode({ destination, sessionId })).sendsRemaining).toBe(3);
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
  });

  it("learns nothing of one from those of their own, not for the same destination", async () => {
    const phoneNumber = world.freshPhone();
    const ids = [];
    for (let sent = 0; sent < 5; sent++) ids.push((await world.open({ phoneNumber })).sessionId);
    const opened = ids.map((id) => Buffer.from(id, "base64url"));

    // 128 random bits, sealed together with what tells the ledger, come out as other bytes altogether.
    expect(new Set(opened.map(({ length }) => length)).size).toBe(1);
    for (const [index, one] of opened.entries()) {
      for (const other of opened.slice(index + 1)) {
        // The first byte names the key. Two of 32 random bytes agree by chance in one of eight; nine never do.
        const alike = [...one.subarray(1)].filter((byte, at) => byte === other[at + 1]);
        expect(alike.length).toBeLessThan(9);
      }
    }
    expect(opened[0]?.length).toBeGreaterThanOrEqual(1 + 16);
  });
});
