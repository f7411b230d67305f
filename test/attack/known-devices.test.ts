import { afterAll, beforeAll, expect, it } from "vitest";
import { codeIn, wrongCode } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";
import { World } from "./world.ts";

// Written out here: with the numbers of the product, a wrong one would go unseen.
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const guessesPerDay = 20;

let nowMs = Date.UTC(2026, 0, 1);
let world: World;
beforeAll(async () => {
  world = await World.start("memory", {}, { instances: [{ clock: { nowMs: () => nowMs } }] });
});
afterAll(() => world.end());

it("A stranger who spends everything for a week keeps no known device out, and all guesses stay within both budgets", async () => {
  const destination = { case: "phoneNumber", value: world.freshPhone() } as const;
  const wrong: { atMs: number; isOwner: boolean }[] = [];
  /** Sends, types wrong codes and perhaps the right one; answers what became of that. */
  const logIn = async (deviceId: string, typos: number, knowsCode: boolean) => {
    const sent = await world
      .way(0)
      .sendPasscode({ destination, endUser: { deviceId } })
      .catch(() => undefined);
    if (sent === undefined) return "not sent";
    const { sessionId } = sent;
    const code = codeIn(world.messages.at(-1));
    for (let typo = 1; typo <= typos; typo++) {
      const outcome = await outcomeOf(
        world.way(typo).verifyPasscode({ sessionId, code: wrongCode(code, typo) }),
      );
      if (outcome === "WRONG_CODE" || outcome === "ATTEMPTS_EXHAUSTED") {
        wrong.push({ atMs: nowMs, isOwner: knowsCode });
      }
    }
    return knowsCode ? await outcomeOf(world.way(1).verifyPasscode({ sessionId, code })) : "guessed in vain";
  };

  expect(await logIn("the owner's random cookie", 1, true)).toBe("APPROVED");
  const owner: string[] = [];
  const strangers = new Set<string>();
  for (const endMs = nowMs + 7 * dayMs; nowMs < endMs; nowMs += 2 * hourMs) {
    for (let attack = 0; attack < 6; attack++) strangers.add(await logIn(`stranger ${attack}`, 5, false));
    owner.push(await logIn("the owner's random cookie", 1, true));
  }

  expect(strangers).toEqual(new Set(["guessed in vain", "not sent"]));
  expect(owner).toEqual(Array(84).fill("APPROVED"));
  const mostInADay = (all: typeof wrong) =>
    Math.max(
      ...all.map(({ atMs }) => all.filter((one) => one.atMs <= atMs && atMs - one.atMs < dayMs).length),
    );
  expect(mostInADay(wrong.filter(({ isOwner }) => !isOwner))).toBe(guessesPerDay);
  expect(mostInADay(wrong)).toBeLessThanOrEqual(2 * guessesPerDay);
});
