import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Status, StatusReason } from "../../gen/passcode/v1/session_pb.ts";
import { effort } from "../proof/effort.ts";
import { wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { stores, World } from "./world.ts";

const rounds = Array.from({ length: Math.min(50, 2 * effort) }, (_, index) => index + 1);

describe.each(stores)("200 different wrong codes released together, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it.each(rounds)("are compared five times, and no more, in round %i", async () => {
    const { sessionId, code } = await world.open();

    const outcomes = world.together(200, (client, index) =>
      outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code, index + 1) })),
    );

    // Ten calls a minute are let in: the fifth ends the session, and the next five hear so.
    expect(await tally(outcomes)).toEqual({ WRONG_CODE: 4, ATTEMPTS_EXHAUSTED: 6, VERIFY_LIMIT: 190 });
    expect(await world.attempts({ sessionId })).toBe(5);
  });

  it("are each counted once, and told the count they made", async () => {
    const { sessionId, code } = await world.open();

    const calls = world.together(200, (client, index) =>
      client.verifyPasscode({ sessionId, code: wrongCode(code, index + 1) }),
    );

    const answers = (await Promise.allSettled(calls)).flatMap((call) =>
      call.status === "fulfilled" ? [call.value] : [],
    );
    expect(answers.map(({ attemptCount }) => attemptCount).sort()).toEqual([1, 2, 3, 4, 5, 5, 5, 5, 5, 5]);
  });

  it("leave a code that has become worthless", async () => {
    const session = await world.open();
    const { sessionId, code } = session;
    await Promise.allSettled(
      world.together(5, (client, index) =>
        client.verifyPasscode({ sessionId, code: wrongCode(code, index + 1) }),
      ),
    );

    const answer = await world.way(1).verifyPasscode({ sessionId, code });

    expect(answer.status).toBe(Status.REJECT);
    expect(answer.reason).toBe(StatusReason.ATTEMPTS_EXHAUSTED);
    expect(await world.attempts(session)).toBe(5);
  });

  it("with the right one among them, approve once at most", async () => {
    const { sessionId, code } = await world.open();

    const counts = await tally(
      world.together(200, (client, index) =>
        outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code, index) })),
      ),
    );

    expect(counts["APPROVED"] ?? 0).toBeLessThanOrEqual(1);
    expect(await world.attempts({ sessionId })).toBeLessThanOrEqual(5);
  });
});
