import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { dayMs, defaultPolicy, minuteMs } from "../../src/ledger/policy.ts";
import { profileWith, wrongCode } from "../support/service.ts";
import { outcomeOf, refusalOf, tally } from "./outcome.ts";
import { type OpenSession, stores, World } from "./world.ts";

/** Nothing but the guess budget in the attacker's way. */
const unhindered = {
  ...defaultPolicy,
  cooldownMs: [0],
  sendsPerMinute: 1_000,
  sendsPerHour: 1_000,
  sendsPerDay: 1_000,
};

describe.each(stores)("New sessions, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store, profileWith({ policies: { base: unhindered, named: new Map() } }));
  });
  afterAll(() => world.end());

  it("one after the other are good for twenty wrong codes of a destination in all", async () => {
    const phoneNumber = world.freshPhone();
    const outcomes: Promise<string>[] = [];

    for (const purpose of ["a", "b", "c", "d"]) {
      const { sessionId, code } = await world.open({
        phoneNumber,
        purpose,
        client: world.way(outcomes.length),
      });
      for (const step of [1, 2, 3, 4, 5]) {
        const request = { sessionId, code: wrongCode(code, step), purpose };
        outcomes.push(outcomeOf(world.way(step).verifyPasscode(request)));
        await outcomes.at(-1);
      }
    }
    const next = await world.open({ phoneNumber }).catch(refusalOf);

    expect(await tally(outcomes)).toEqual({ WRONG_CODE: 16, ATTEMPTS_EXHAUSTED: 4 });
    expect(next).toBe("GUESS_BUDGET");
    expect(world.messagesTo(phoneNumber)).toHaveLength(4);
  });

  it("of which a hundred are asked for, five guesses in each, are good for twenty in all", async () => {
    const phoneNumber = world.freshPhone();
    const outcomes: Promise<string>[] = [];
    const opened: OpenSession[] = [];
    for (let asked = 0; asked < 100; asked += 1) {
      const purpose = `purpose-${asked}`;
      const channel = asked % 2 === 0 ? Channel.SMS : Channel.VOICE;
      const session = await world
        .open({ phoneNumber, purpose, channel, client: world.way(asked) })
        .catch(() => undefined);
      if (session === undefined) continue;
      opened.push(session);
      const { sessionId, code } = session;
      for (const step of [1, 2, 3, 4, 5]) {
        const request = { sessionId, code: wrongCode(code, step), purpose };
        outcomes.push(outcomeOf(world.way(step).verifyPasscode(request)));
      }
      await outcomes.at(-1);
    }

    const attempts = await Promise.all(opened.map((session) => world.attempts(session)));
    expect(attempts.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(20);
    expect(await tally(outcomes)).toEqual({ WRONG_CODE: 16, ATTEMPTS_EXHAUSTED: 4 });
    expect(world.messagesTo(phoneNumber)).toHaveLength(4);
  });

  it("opened beforehand and guessed at all at once are good for twenty in all", async () => {
    const phoneNumber = world.freshPhone();
    const sessions = [
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
    ];

    await Promise.allSettled(
      world.together(80, (client, index) => {
        const { sessionId, code } = sessions[(index >> 2) % sessions.length] ?? { sessionId: "", code: "" };
        return client.verifyPasscode({ sessionId, code: wrongCode(code, index + 1) });
      }),
    );

    const attempts = await Promise.all(sessions.map((session) => world.attempts(session)));
    expect(attempts.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBeLessThanOrEqual(20);
    expect(await world.open({ phoneNumber }).catch(refusalOf)).toBe("GUESS_BUDGET");
  });
});

describe("New sessions under the default limits", () => {
  let nowMs = Date.UTC(2026, 0, 1);
  let world: World;
  beforeAll(async () => {
    world = await World.start("memory", {}, { instances: [{ clock: { nowMs: () => nowMs } }] });
  });
  afterAll(() => world.end());

  /** Opens a session and guesses until it ends; tells how many guesses were compared. */
  async function guessThrough(phoneNumber: string): Promise<number> {
    const opened = await world.open({ phoneNumber }).catch(() => undefined);
    if (opened === undefined) return 0;
    const { sessionId, code } = opened;
    for (const step of [1, 2, 3, 4, 5]) {
      await world
        .way(step)
        .verifyPasscode({ sessionId, code: wrongCode(code, step) })
        .catch(() => undefined);
    }
    return (await world.attempts(opened)) ?? 0;
  }

  it("are good for twenty guesses a day, however patient the attacker", async () => {
    const phoneNumber = world.freshPhone();
    const startMs = nowMs;
    let guesses = 0;

    while (nowMs < startMs + dayMs) {
      guesses += await guessThrough(phoneNumber);
      nowMs += 5 * minuteMs;
    }

    expect(guesses).toBe(20);
  });

  it("are good for the next guesses when the first ones are a day old, and not before", async () => {
    const phoneNumber = world.freshPhone();
    const startMs = nowMs;
    for (const start of [0, 11, 22, 33]) {
      nowMs = startMs + start * minuteMs;
      await guessThrough(phoneNumber);
    }

    nowMs = startMs + dayMs - 1;
    const before = await world.open({ phoneNumber }).catch(refusalOf);
    nowMs = startMs + dayMs;
    const then = await world.open({ phoneNumber });

    expect(before).toBe("GUESS_BUDGET");
    expect(then.sessionId).not.toBe("");
  });

  it("cannot free the budget by a clock that steps back", async () => {
    const phoneNumber = world.freshPhone();
    const startMs = nowMs;
    for (const start of [0, 11, 22, 33]) {
      nowMs = startMs + start * minuteMs;
      await guessThrough(phoneNumber);
    }
    nowMs -= 60 * minuteMs;
    const refused = await world.open({ phoneNumber }).catch(refusalOf);
    expect(refused).toBe("GUESS_BUDGET");
  });
});
