import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Status } from "../../gen/passcode/v1/session_pb.ts";
import { minuteMs } from "../../src/ledger/policy.ts";
import { wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

describe("Two instances whose clocks are ten minutes apart, on one Redis", () => {
  let world: World;
  beforeAll(async () => {
    const late = { clock: { nowMs: () => Date.now() - 5 * minuteMs } };
    const early = { clock: { nowMs: () => Date.now() + 5 * minuteMs } };
    world = await World.start("Redis", {}, { instances: [late, early] });
  });
  afterAll(() => world.end());

  it("send five messages between them", async () => {
    const destination = { case: "phoneNumber", value: world.freshPhone() } as const;
    const outcomes = world.together(20, (client) => outcomeOf(client.sendPasscode({ destination })));
    expect(await tally(outcomes)).toEqual({ PENDING: 5, SEND_LIMIT: 15 });
  });

  it("compare five codes between them", async () => {
    const { sessionId, code } = await world.open();
    const outcomes = world.together(20, (client, index) =>
      outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code, index + 1) })),
    );
    expect(await tally(outcomes)).toEqual({ WRONG_CODE: 4, ATTEMPTS_EXHAUSTED: 6, VERIFY_LIMIT: 10 });
  });

  it("approve what the other has sent", async () => {
    const sentLate = await world.open({ client: world.way(0) });
    const sentEarly = await world.open({ client: world.way(2) });

    const verifiedEarly = await world.way(2).verifyPasscode(sentLate);
    const verifiedLate = await world.way(0).verifyPasscode(sentEarly);

    expect(verifiedEarly.status).toBe(Status.APPROVED);
    expect(verifiedLate.status).toBe(Status.APPROVED);
  });
});
