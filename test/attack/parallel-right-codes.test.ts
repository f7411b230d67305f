import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Status } from "../../gen/passcode/v1/session_pb.ts";
import { effort } from "../proof/effort.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { stores, World } from "./world.ts";

const rounds = Array.from({ length: Math.min(50, 3 * effort) }, (_, index) => index + 1);

describe.each(stores)("100 right codes released together, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it.each(rounds)("are approved once, in round %i", async () => {
    const { sessionId, code } = await world.open();

    const outcomes = world.together(100, (client) => outcomeOf(client.verifyPasscode({ sessionId, code })));

    expect(await tally(outcomes)).toEqual({ APPROVED: 1, SESSION_APPROVED: 9, VERIFY_LIMIT: 90 });
    expect(await world.attempts({ sessionId })).toBe(1);
  });

  it("and canceled at the same time, are approved or canceled and never both", async () => {
    const { sessionId, code } = await world.open();

    const verified = world.together(8, (client) => outcomeOf(client.verifyPasscode({ sessionId, code })));
    const canceled = world.together(8, (client) =>
      outcomeOf(client.cancelSession({ sessionId }).then(({ session }) => session ?? Promise.reject())),
    );

    const approvals = (await tally(verified))["APPROVED"] ?? 0;
    const cancellations = (await tally(canceled))["CANCELED"] ?? 0;
    const { session } = await world.way(0).getSession({ sessionId });
    expect([
      { approvals: 1, cancellations: 0, status: Status.APPROVED },
      { approvals: 0, cancellations: 8, status: Status.REJECT },
    ]).toContainEqual({ approvals, cancellations, status: session?.status });
  });
});
