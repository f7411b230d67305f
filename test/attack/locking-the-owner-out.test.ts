import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Status } from "../../gen/passcode/v1/session_pb.ts";
import { wrongCode } from "../support/service.ts";
import { outcomeOf, refusalOf } from "./outcome.ts";
import { type OpenSession, stores, World } from "./world.ts";

describe.each(stores)("A stranger who spends the guesses of a destination, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  /** The owner has a code in hand; a stranger opens what sessions the send limit leaves and guesses in all. */
  async function attacked(
    meanwhile = async (_owner: OpenSession) => {},
  ): Promise<OpenSession & { strangers: readonly OpenSession[] }> {
    const owner = await world.open();
    await meanwhile(owner);
    const { phoneNumber } = owner;
    const strangers = [
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
      await world.open({ phoneNumber }),
    ];
    await Promise.all(
      strangers.flatMap(({ sessionId, code }) =>
        [1, 2, 3, 4, 5].map((step) =>
          outcomeOf(world.way(step).verifyPasscode({ sessionId, code: wrongCode(code, step) })),
        ),
      ),
    );
    return { ...owner, strangers };
  }

  it("does not kill the code that the owner has in hand", async () => {
    const { sessionId, code } = await attacked();
    const answer = await world.way(1).verifyPasscode({ sessionId, code });
    expect(answer.status).toBe(Status.APPROVED);
  });

  it("spends none of the tries of the owner's session", async () => {
    const owner = await attacked();
    expect(await world.attempts(owner)).toBe(0);
  });

  it("has one guess less, which stays the owner's", async () => {
    const { strangers, sessionId, code } = await attacked();

    const spent = await Promise.all(strangers.map((stranger) => world.attempts(stranger)));
    const mistyped = await outcomeOf(world.way(1).verifyPasscode({ sessionId, code: wrongCode(code) }));

    expect(spent.sort()).toEqual([4, 5, 5, 5]);
    expect(mistyped).toBe("WRONG_CODE");
  });

  it("leaves an owner who has mistyped the code once to the budget, with the session still pending", async () => {
    const { sessionId, code } = await attacked(async (owner) => {
      await world.way(0).verifyPasscode({ sessionId: owner.sessionId, code: wrongCode(owner.code) });
    });
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("GUESS_BUDGET");
    expect(await world.attempts({ sessionId })).toBe(1);
  });

  it("stops new sends for a while, and says until when", async () => {
    const { phoneNumber } = await attacked();
    expect(await world.open({ phoneNumber }).catch(refusalOf)).toMatch(/^(COOLDOWN|GUESS_BUDGET)$/);
  });

  it("changes nothing for another destination", async () => {
    await attacked();
    const { sessionId, code } = await world.open();
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
  });
});
