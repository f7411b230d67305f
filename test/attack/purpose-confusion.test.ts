import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Status, StatusReason } from "../../gen/passcode/v1/session_pb.ts";
import { outcomeOf } from "./outcome.ts";
import { stores, World } from "./world.ts";

const opened = { purpose: "payment", transaction: { amount: "12.00 EUR", payee: "Acme" } };

describe.each(stores)("The right code, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it.each([
    ["another purpose", { ...opened, purpose: "recovery" }],
    ["no purpose", { transaction: opened.transaction }],
    ["another amount", { ...opened, transaction: { amount: "120.00 EUR", payee: "Acme" } }],
    ["another payee", { ...opened, transaction: { amount: "12.00 EUR", payee: "Acne" } }],
    ["amount and payee exchanged", { ...opened, transaction: { amount: "Acme", payee: "12.00 EUR" } }],
    ["a pair less", { ...opened, transaction: { amount: "12.00 EUR" } }],
    ["a pair more", { ...opened, transaction: { ...opened.transaction, note: "x" } }],
    ["no transaction", { purpose: opened.purpose }],
  ])("for %s is a wrong code, and counts", async (_, claimed) => {
    const { sessionId, code } = await world.open(opened);

    const answer = await world.way(1).verifyPasscode({ sessionId, code, ...claimed });

    expect(answer.status).toBe(Status.PENDING);
    expect(answer.reason).toBe(StatusReason.WRONG_CODE);
    expect(answer.attemptCount).toBe(1);
    expect(await world.attempts({ sessionId })).toBe(1);
  });

  it("for five other purposes ends the session", async () => {
    const { sessionId, code } = await world.open(opened);
    for (const purpose of ["a", "b", "c", "d"]) {
      await world.way(1).verifyPasscode({ sessionId, code, ...opened, purpose });
    }

    const fifth = await world.way(2).verifyPasscode({ sessionId, code, ...opened, purpose: "e" });
    const right = await world.way(3).verifyPasscode({ sessionId, code, ...opened });

    expect(fifth.reason).toBe(StatusReason.ATTEMPTS_EXHAUSTED);
    expect(right.status).toBe(Status.REJECT);
  });

  it("for what it was sent for is approved, in whatever order the pairs come", async () => {
    const { sessionId, code } = await world.open(opened);
    const transaction = { payee: "Acme", amount: "12.00 EUR" };

    const answer = await world.way(1).verifyPasscode({ sessionId, code, ...opened, transaction });

    expect(answer.status).toBe(Status.APPROVED);
  });

  it("cannot be had for another purpose by a resend", async () => {
    const { sessionId, phoneNumber } = await world.open(opened);
    const destination = { case: "phoneNumber", value: phoneNumber } as const;

    const outcome = await outcomeOf(
      world.way(1).sendPasscode({ destination, sessionId, ...opened, purpose: "recovery" }),
    );

    expect(outcome).toBe("SESSION_MISMATCH");
    expect(world.messagesTo(phoneNumber)).toHaveLength(1);
  });
});
