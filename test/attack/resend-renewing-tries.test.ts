import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel, Status, StatusReason } from "../../gen/passcode/v1/session_pb.ts";
import { defaultPolicy, minuteMs } from "../../src/ledger/policy.ts";
import { codeIn, profileWith, wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { type OpenSession, stores, World } from "./world.ts";

describe.each(stores)("A resend, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  function resend({ sessionId, phoneNumber }: OpenSession, channel: Channel, way: number) {
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    return world.way(way).sendPasscode({ destination, sessionId, channel });
  }

  it.each([
    ["by SMS", Channel.SMS],
    ["by voice", Channel.VOICE],
  ])("%s after four wrong codes leaves one try", async (_, channel) => {
    const session = await world.open();
    const { sessionId, code } = session;
    for (const step of [1, 2, 3, 4]) {
      await world.way(step).verifyPasscode({ sessionId, code: wrongCode(code, step) });
    }

    const resent = await resend(session, channel, 1);
    const fifth = await world.way(2).verifyPasscode({ sessionId, code: wrongCode(code, 5) });
    const sixth = await world.way(3).verifyPasscode({ sessionId, code });

    expect(resent.attemptsRemaining).toBe(1);
    expect(resent.attemptCount).toBe(4);
    expect(fifth.status).toBe(Status.REJECT);
    expect(fifth.reason).toBe(StatusReason.ATTEMPTS_EXHAUSTED);
    expect(sixth.status).toBe(Status.REJECT);
    expect(await world.attempts(session)).toBe(5);
  });

  it("between all of its tries leaves five in all", async () => {
    const session = await world.open();
    const { sessionId, code } = session;

    for (const step of [1, 2, 3, 4]) {
      await world.way(step).verifyPasscode({ sessionId, code: wrongCode(code, step) });
      await resend(session, Channel.SMS, step);
    }
    const fifth = await outcomeOf(world.way(0).verifyPasscode({ sessionId, code: wrongCode(code, 5) }));

    expect(fifth).toBe("ATTEMPTS_EXHAUSTED");
  });

  it("never moves the expiry", async () => {
    const session = await world.open();
    const opened = await world.way(0).getSession({ sessionId: session.sessionId });

    const resent = [
      await resend(session, Channel.SMS, 0),
      await resend(session, Channel.VOICE, 1),
      await resend(session, Channel.VOICE, 2),
      await resend(session, Channel.SMS, 3),
    ];

    for (const { expireTime } of resent) expect(expireTime).toEqual(opened.session?.expireTime);
  });

  it("says the same code again, so that a late first message stays right", async () => {
    const session = await world.open();
    await resend(session, Channel.VOICE, 1);
    const [first, second] = world.messagesTo(session.phoneNumber);
    expect(codeIn(second)).toBe(codeIn(first));
  });

  it("with another number on the session's id is not found, and sends nothing", async () => {
    const { sessionId } = await world.open();
    const phoneNumber = world.freshPhone();

    const outcome = await outcomeOf(
      world.way(1).sendPasscode({ destination: { case: "phoneNumber", value: phoneNumber }, sessionId }),
    );

    expect(outcome).toBe("SESSION_NOT_FOUND");
    expect(world.messagesTo(phoneNumber)).toEqual([]);
  });
});

/** Room for any number of sends. */
const manySends = {
  ...defaultPolicy,
  sendsPerMinute: 100,
  sendsPerHour: 100,
  sendsPerDay: 100,
} as const;

describe("Twenty resends, until the very end of a session,", () => {
  const startMs = Date.UTC(2026, 0, 1);
  let nowMs = startMs;
  let world: World;
  beforeAll(async () => {
    const policies = { base: manySends, named: new Map() };
    const clock = { nowMs: () => nowMs };
    world = await World.start("memory", profileWith({ policies }), { instances: [{ clock }] });
  });
  afterAll(() => world.end());

  it.each([
    ["a millisecond before its end", -1, "APPROVED"],
    ["at its end", 0, "EXPIRED"],
    ["a millisecond after its end", 1, "EXPIRED"],
  ])("leave the end where it was: %s", async (_, offMs, outcome) => {
    nowMs = startMs;
    const { sessionId, code, phoneNumber } = await world.open();
    const endMs = startMs + 10 * minuteMs;
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    for (let resend = 1; resend <= 20; resend += 1) {
      nowMs = startMs + resend * 29_000;
      const { expireTime } = await world.way(resend).sendPasscode({ destination, sessionId });
      expect(expireTime).toEqual(timestampFromMs(endMs));
    }

    nowMs = endMs + offMs;

    expect(await outcomeOf(world.way(0).verifyPasscode({ sessionId, code }))).toBe(outcome);
  });
});

describe.each(stores)("A resend with a fresh code, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    const base = { ...manySends, resend: "fresh" } as const;
    world = await World.start(store, profileWith({ policies: { base, named: new Map() } }));
  });
  afterAll(() => world.end());

  it("kills the code before it, and restores no try", async () => {
    const { sessionId, code, phoneNumber } = await world.open();
    await world.way(1).sendPasscode({ destination: { case: "phoneNumber", value: phoneNumber }, sessionId });
    const freshCode = codeIn(world.messagesTo(phoneNumber).findLast((message) => codeIn(message) !== code));

    const old = await world.way(2).verifyPasscode({ sessionId, code });
    const fresh = await world.way(3).verifyPasscode({ sessionId, code: freshCode });

    expect(old.reason).toBe(StatusReason.WRONG_CODE);
    expect(fresh.status).toBe(Status.APPROVED);
    expect(fresh.attemptCount).toBe(2);
  });

  it("leaves one code alive of all that were sent", async () => {
    const { sessionId, phoneNumber } = await world.open();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const codes = () => world.messagesTo(phoneNumber).map(codeIn);
    while (new Set(codes()).size < 5) await world.way(0).sendPasscode({ destination, sessionId });
    const [last = "", ...dead] = [...new Set(codes().toReversed())].slice(0, 5);

    const outcomes = dead.map((code, index) =>
      outcomeOf(world.way(index).verifyPasscode({ sessionId, code })),
    );

    expect(await tally(outcomes)).toEqual({ WRONG_CODE: 4 });
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code: last }))).toBe("APPROVED");
  });
});
