import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel, Status } from "../../gen/passcode/v1/session_pb.ts";
import { defaultPolicy, type Policy } from "../../src/ledger/policy.ts";
import { type PasscodeClient, wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { everyWayIn } from "./ways-in.ts";
import { type OpenSession, profilesWith, World } from "./world.ts";

const under = (changes: Partial<Policy>) => ({
  policies: { base: { ...defaultPolicy, verifiesPerMinute: 100, ...changes }, named: new Map() },
});

/** For each lock a profile in which no other gets in its way. */
const profiles = profilesWith({
  default: under({}),
  hurried: under({ tries: 100, verifiesPerMinute: 10 }),
  strict: under({ tries: 100, guessesPerDay: 3 }),
  fleeting: under({ expiryMs: 1 }),
  testing: { ...under({}), isTest: true },
});

interface Lock {
  readonly name: string;
  readonly profile?: string;
  readonly phoneNumber?: string;
  /** What every way in says to the right code. */
  readonly says: string;
  readonly close: (session: OpenSession, client: PasscodeClient) => Promise<void>;
}

async function guess(client: PasscodeClient, session: OpenSession, profile: string, count: number) {
  for (let step = 1; step <= count; step += 1) {
    const { sessionId } = session;
    await outcomeOf(client.verifyPasscode({ sessionId, profile, code: wrongCode(session.code, step) }));
  }
}

const locks: readonly Lock[] = [
  {
    name: "five wrong codes",
    says: "ATTEMPTS_EXHAUSTED",
    close: (session, client) => guess(client, session, "default", 5),
  },
  {
    name: "a cancellation",
    says: "CANCELED",
    close: async ({ sessionId }, client) => {
      await client.cancelSession({ sessionId });
    },
  },
  {
    name: "an approval",
    says: "SESSION_APPROVED",
    close: async ({ sessionId, code }, client) => {
      await client.verifyPasscode({ sessionId, code });
    },
  },
  {
    name: "the end of its time",
    profile: "fleeting",
    says: "EXPIRED",
    close: async ({ sessionId }, client) => {
      const read = () => client.getSession({ sessionId, profile: "fleeting" });
      while ((await read()).session?.status === Status.PENDING);
    },
  },
  {
    name: "ten calls in a minute",
    profile: "hurried",
    says: "VERIFY_LIMIT",
    close: (session, client) => guess(client, session, "hurried", 10),
  },
  {
    name: "the spent guesses of the destination",
    profile: "strict",
    says: "GUESS_BUDGET",
    close: (session, client) => guess(client, session, "strict", 3),
  },
  {
    name: "five wrong purposes at a number for which every code is right",
    profile: "testing",
    phoneNumber: "+12025550101",
    says: "ATTEMPTS_EXHAUSTED",
    close: async ({ sessionId, code }, client) => {
      for (const purpose of ["a", "b", "c", "d", "e"]) {
        await client.verifyPasscode({ sessionId, profile: "testing", code, purpose });
      }
    },
  },
];

describe.each(["memory", "Redis"] as const)("What was closed by one way in, on %s,", (store) => {
  let world: World;
  let waysIn: readonly PasscodeClient[];
  beforeAll(async () => {
    world = await World.start(store, profiles);
    waysIn = world.ports.flatMap(everyWayIn);
  });
  afterAll(() => world.end());

  it.each(locks)("by $name, is closed to the right code by every other", async (lock) => {
    const { profile = "default", phoneNumber = world.freshPhone(), says, close } = lock;
    const session = await world.open({ profile, phoneNumber });
    await close(session, world.way(0));
    const attempts = await world.attempts(session, profile);

    const { sessionId, code } = session;
    const answers = waysIn.map((client) => outcomeOf(client.verifyPasscode({ sessionId, code, profile })));

    expect(await tally(answers)).toEqual({ [says]: waysIn.length });
    expect(await world.attempts(session, profile)).toBe(attempts);
  });

  it("by five wrong codes, is closed to new sends by every other, on every channel", async () => {
    const session = await world.open();
    await guess(world.way(0), session, "default", 5);
    const destination = { case: "phoneNumber", value: session.phoneNumber } as const;

    const answers = waysIn.flatMap((client) =>
      [Channel.SMS, Channel.VOICE].map((channel) => outcomeOf(client.sendPasscode({ destination, channel }))),
    );

    expect(await tally(answers)).toEqual({ COOLDOWN: 2 * waysIn.length });
    expect(world.messagesTo(session.phoneNumber)).toHaveLength(1);
  });
});
