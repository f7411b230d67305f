import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultPolicy, type Policy } from "../../src/ledger/policy.ts";
import { profileWith, wrongCode } from "../support/service.ts";
import { age } from "./aging.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { type OpenSession, stores, World } from "./world.ts";

// Written out here: with the numbers of the product, a wrong one would go unseen.
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Wide but for the one limit that is looked at. */
const wide = { sendsPerMinute: 50, sendsPerHour: 50, sendsPerDay: 50, guessesPerDay: 200 };

const policies: Readonly<Record<string, Partial<Policy>>> = {
  default: {},
  daily: { ...wide, sendsPerDay: 30 },
  guesses: { tries: 10, cooldownMs: [0] },
};

function profiles() {
  const profile = profileWith({}).profiles.get("default");
  if (profile === undefined) throw new Error("there is a default profile");
  const entries = Object.entries(policies).map(([name, changes]) => {
    const base = { ...defaultPolicy, ...changes };
    return [name, { ...profile, name, policies: { base, named: new Map() } }] as const;
  });
  return { profiles: new Map(entries) };
}

describe.each(stores)("At the limit itself, on %s,", (store) => {
  let nowMs = Date.UTC(2026, 0, 1);
  let world: World;
  /** The last moment before a limit ends. Redis's clock goes on meanwhile, so there it is some seconds. */
  const moment = store === "Redis" ? 5_000 : 1;
  beforeAll(async () => {
    const clock = { nowMs: () => nowMs };
    world = await World.start(store, profiles(), store === "Redis" ? {} : { instances: [{ clock }] });
  });
  afterAll(() => world.end());

  async function wait(ms: number): Promise<void> {
    if (world.redis !== undefined) await age(world.redis, ms, world.macKey);
    else nowMs += ms;
  }

  function send(phoneNumber: string, profile = "default"): Promise<string> {
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    return outcomeOf(world.way(0).sendPasscode({ destination, profile }));
  }

  async function sends(count: number, phoneNumber: string, profile = "default") {
    const outcomes: Promise<string>[] = [];
    for (let sent = 0; sent < count; sent++) {
      outcomes.push(send(phoneNumber, profile));
      await outcomes.at(-1);
    }
    return await tally(outcomes);
  }

  /** Enters `count` wrong codes, one after the other. */
  async function guess(
    count: number,
    { sessionId, code }: OpenSession,
    profile = "default",
  ): Promise<string[]> {
    const outcomes: string[] = [];
    for (let step = 1; step <= count; step++) {
      const call = { sessionId, profile, code: wrongCode(code, step) };
      outcomes.push(await outcomeOf(world.way(step).verifyPasscode(call)));
    }
    return outcomes;
  }

  function enter({ sessionId, code }: OpenSession): Promise<string> {
    return outcomeOf(world.way(1).verifyPasscode({ sessionId, code }));
  }

  it("the right code on the fifth try approves", async () => {
    const session = await world.open();
    expect(await guess(4, session)).toEqual(Array(4).fill("WRONG_CODE"));
    expect(await enter(session)).toBe("APPROVED");
  });

  it("the right code on the sixth does not", async () => {
    const session = await world.open();
    expect(await guess(5, session)).toEqual([...Array(4).fill("WRONG_CODE"), "ATTEMPTS_EXHAUSTED"]);
    expect(await enter(session)).toBe("ATTEMPTS_EXHAUSTED");
  });

  it("a code works to the last moment of its ten minutes", async () => {
    const session = await world.open();
    await wait(10 * minuteMs - moment);
    expect(await enter(session)).toBe("APPROVED");
  });

  it("a code is dead at the instant they are over", async () => {
    const session = await world.open();
    await wait(10 * minuteMs);
    expect(await enter(session)).toBe("EXPIRED");
    await wait(1);
    expect(await enter(session)).toBe("EXPIRED");
  });

  it("a minute has five sends and no sixth, to its last moment", async () => {
    const phoneNumber = world.freshPhone();
    expect(await sends(6, phoneNumber)).toEqual({ PENDING: 5, SEND_LIMIT: 1 });
    await wait(minuteMs - moment);
    expect(await send(phoneNumber)).toBe("SEND_LIMIT");
    await wait(moment);
    expect(await sends(6, phoneNumber)).toEqual({ PENDING: 5, SEND_LIMIT: 1 });
  });

  it("an hour has ten sends and no eleventh, to its last moment", async () => {
    const phoneNumber = world.freshPhone();
    await sends(5, phoneNumber);
    await wait(minuteMs);
    expect(await sends(6, phoneNumber)).toEqual({ PENDING: 5, SEND_LIMIT: 1 });
    await wait(hourMs - minuteMs - moment);
    expect(await send(phoneNumber)).toBe("SEND_LIMIT");
    await wait(moment);
    expect(await sends(6, phoneNumber)).toEqual({ PENDING: 5, SEND_LIMIT: 1 });
  });

  it("a day has thirty sends and no thirty-first, to its last moment", async () => {
    const phoneNumber = world.freshPhone();
    expect(await sends(31, phoneNumber, "daily")).toEqual({ PENDING: 30, SEND_LIMIT: 1 });
    await wait(dayMs - moment);
    expect(await send(phoneNumber, "daily")).toBe("SEND_LIMIT");
    await wait(moment);
    expect(await sends(31, phoneNumber, "daily")).toEqual({ PENDING: 30, SEND_LIMIT: 1 });
  });

  it("a session has ten verifications in a minute and no eleventh, to its last moment", async () => {
    const session = await world.open();
    expect((await guess(11, session)).slice(-2)).toEqual(["ATTEMPTS_EXHAUSTED", "VERIFY_LIMIT"]);
    await wait(minuteMs - moment);
    expect(await enter(session)).toBe("VERIFY_LIMIT");
    await wait(moment);
    expect(await enter(session)).toBe("ATTEMPTS_EXHAUSTED");
  });

  it("a destination cools down for ten minutes, to their last moment", async () => {
    const session = await world.open();
    await guess(5, session);
    await wait(10 * minuteMs - moment);
    expect(await send(session.phoneNumber)).toBe("COOLDOWN");
    await wait(moment);
    expect(await send(session.phoneNumber)).toBe("PENDING");
  });

  it("a day has twenty wrong codes and no twenty-first, to its last moment", async () => {
    const phoneNumber = world.freshPhone();
    const profile = "guesses";
    const opened = [];
    for (let session = 0; session < 3; session++) opened.push(await world.open({ phoneNumber, profile }));
    const [first, second, third] = opened as [OpenSession, OpenSession, OpenSession];

    expect(await guess(10, first, profile)).toEqual([...Array(9).fill("WRONG_CODE"), "ATTEMPTS_EXHAUSTED"]);
    // The third session, in which nothing was tried, keeps a guess for itself.
    expect(await guess(10, second, profile)).toEqual([...Array(9).fill("WRONG_CODE"), "GUESS_BUDGET"]);
    expect(await guess(2, third, profile)).toEqual(["WRONG_CODE", "GUESS_BUDGET"]);

    expect(await send(phoneNumber, profile)).toBe("GUESS_BUDGET");
    await wait(dayMs - moment);
    expect(await send(phoneNumber, profile)).toBe("GUESS_BUDGET");
    await wait(moment);
    expect(await send(phoneNumber, profile)).toBe("PENDING");
  });
});
