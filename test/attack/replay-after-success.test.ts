import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Status } from "../../gen/passcode/v1/session_pb.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { wrongCode } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";
import { lastingStores, stores, World } from "./world.ts";

describe.each(stores)("The right code, once approved, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it("is refused by every way in", async () => {
    const { sessionId, code } = await world.open();
    await world.way(0).verifyPasscode({ sessionId, code });

    const replays = await Promise.all(
      world.together(4, (client) => outcomeOf(client.verifyPasscode({ sessionId, code }))),
    );

    expect(new Set(replays)).toEqual(new Set(["SESSION_APPROVED"]));
  });

  it("is refused like a wrong one, so that nothing is learnt", async () => {
    const { sessionId, code } = await world.open();
    await world.way(0).verifyPasscode({ sessionId, code });

    const wrong = await outcomeOf(world.way(1).verifyPasscode({ sessionId, code: wrongCode(code) }));

    expect(wrong).toBe("SESSION_APPROVED");
  });

  it("cannot be had again by a resend or undone by a cancellation", async () => {
    const { sessionId, code, phoneNumber } = await world.open();
    await world.way(0).verifyPasscode({ sessionId, code });
    const destination = { case: "phoneNumber", value: phoneNumber } as const;

    const resent = await outcomeOf(world.way(1).sendPasscode({ destination, sessionId }));
    const canceled = await outcomeOf(
      world
        .way(1)
        .cancelSession({ sessionId })
        .then(({ session }) => session ?? Promise.reject()),
    );

    expect(resent).toBe("SESSION_APPROVED");
    expect(canceled).toBe("SESSION_APPROVED");
    expect(world.messagesTo(phoneNumber)).toHaveLength(1);
  });
});

describe("The right code, once approved", () => {
  const startMs = Date.UTC(2026, 0, 1);
  let nowMs = startMs;
  let world: World;
  beforeAll(async () => {
    world = await World.start("memory", {}, { instances: [{ clock: { nowMs: () => nowMs } }] });
  });
  afterAll(() => world.end());

  it("is refused as long as the session can be read, and is then of no session", async () => {
    const { sessionId, code } = await world.open();
    await world.way(0).verifyPasscode({ sessionId, code });
    const { expiryMs, retentionMs } = defaultPolicy;

    const replays: string[] = [];
    for (const afterMs of [0, 1, 1_000, expiryMs, expiryMs + retentionMs - 1, expiryMs + retentionMs]) {
      nowMs = startMs + afterMs;
      replays.push(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code })));
    }

    expect(replays).toEqual([...Array(5).fill("SESSION_APPROVED"), "SESSION_NOT_FOUND"]);
  });
});

describe.each(lastingStores)("After a restart over %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it("what was approved is refused, what was pending is approved, what was wrong is counted", async () => {
    const approved = await world.open();
    const pending = await world.open();
    await world.way(0).verifyPasscode({ sessionId: approved.sessionId, code: approved.code });
    const wrong = { sessionId: pending.sessionId, code: wrongCode(pending.code) };
    await world.way(0).verifyPasscode(wrong);

    await world.restart();
    const replayed = await outcomeOf(world.way(1).verifyPasscode(approved));
    const resumed = await world.way(1).verifyPasscode(pending);

    expect(replayed).toBe("SESSION_APPROVED");
    expect(resumed.status).toBe(Status.APPROVED);
    expect(resumed.attemptCount).toBe(2);
  });
});
