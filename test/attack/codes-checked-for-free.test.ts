import { randomUUID } from "node:crypto";
import { ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { VerifyPasscodeResponse } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { wrongCode } from "../support/service.ts";
import { outcomeOf, refusalOf } from "./outcome.ts";
import { fieldsOf, servedContract } from "./served-contract.ts";
import { type OpenSession, profilesWith, stores, World } from "./world.ts";

describe.each(stores)("Learning whether a code is right, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store, profilesWith({ default: {}, other: {} }));
  });
  afterAll(() => world.end());

  it("takes the one call that has a field for a code", async () => {
    const { method } = await servedContract(world.ports[0]?.grpc ?? 0);
    const takingCodes = Object.values(method).filter(({ input }) =>
      fieldsOf(input).some(({ path }) => /code|pin|otp|passcode|token/.test(path)),
    );
    expect(takingCodes.map(({ name }) => name)).toEqual(["VerifyPasscode"]);
  });

  it("costs a try for each code that is wrong, and the session for the one that is right", async () => {
    const session = await world.open();
    const { sessionId, code } = session;

    const wrong = await world.way(1).verifyPasscode({ sessionId, code: wrongCode(code) });
    const right = await world.way(0).verifyPasscode({ sessionId, code });

    expect([wrong.attemptCount, right.attemptCount]).toEqual([1, 2]);
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("SESSION_APPROVED");
  });

  /** Ways to hand a code in that do not approve whatever it is, each with what it costs. */
  const indirect: readonly (readonly [
    name: string,
    cost: number,
    ask: (session: OpenSession, code: string) => Promise<VerifyPasscodeResponse>,
  ])[] = [
    [
      "with another purpose",
      1,
      ({ sessionId }, code) => world.way(1).verifyPasscode({ sessionId, code, purpose: "other" }),
    ],
    [
      "with another transaction",
      1,
      ({ sessionId }, code) => world.way(0).verifyPasscode({ sessionId, code, transaction: { payee: "x" } }),
    ],
    [
      "in another profile",
      0,
      ({ sessionId }, code) => world.way(1).verifyPasscode({ sessionId, code, profile: "other" }),
    ],
    [
      "with a character more",
      0,
      ({ sessionId }, code) => world.way(0).verifyPasscode({ sessionId, code: `${code}0` }),
    ],
  ];

  it.each(indirect)("%s is told nothing for its price", async (_, cost, ask) => {
    const [one, other] = [await world.open(), await world.open()];

    const toldOfRight = await toldBy(ask(one, one.code));
    const toldOfWrong = await toldBy(ask(other, wrongCode(other.code)));

    expect(toldOfRight).toEqual(toldOfWrong);
    expect([await world.attempts(one), await world.attempts(other)]).toEqual([cost, cost]);
  });

  it("by the request id of a guess that was compared, gets the refusal alone, right or wrong", async () => {
    const { sessionId, code } = await world.open();
    const requestId = randomUUID();
    await world.way(0).verifyPasscode({ sessionId, code: wrongCode(code), requestId });

    const right = await outcomeOf(world.way(1).verifyPasscode({ sessionId, code, requestId }));
    const wrong = await outcomeOf(
      world.way(0).verifyPasscode({ sessionId, code: wrongCode(code, 2), requestId }),
    );

    expect([right, wrong]).toEqual(["REQUEST_ID_REUSED", "REQUEST_ID_REUSED"]);
    expect(await world.attempts({ sessionId })).toBe(1);
  });
});

/** All that an answer tells but for the names and instants of its session. */
function toldBy(call: Promise<VerifyPasscodeResponse>): Promise<object> {
  return call.then(
    ({ status, reason, attemptCount, attemptsRemaining, sendsRemaining }) => ({
      status,
      reason,
      attemptCount,
      attemptsRemaining,
      sendsRemaining,
    }),
    (error: unknown) => ({ reason: refusalOf(error), words: ConnectError.from(error).message }),
  );
}
