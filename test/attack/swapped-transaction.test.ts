import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { outcomeOf } from "./outcome.ts";
import { stores, World } from "./world.ts";

/** What the user believes to agree to, and what somebody between them and us would have them agree to. */
const shown = { amount: "12.00 EUR", payee: "Bob" };
const swapped: readonly Readonly<Record<string, string>>[] = [
  { amount: "1200.00 EUR", payee: "Bob" },
  { amount: "12.00 EUR", payee: "Eve" },
  { amount: "Bob", payee: "12.00 EUR" },
  { amount: "12.00 EUR" },
  { amount: "12.00 EUR", payee: "Bob", reference: "1" },
  { amount: "12.00 EUR ", payee: "Bob" },
  {},
];

describe.each(stores)("A code that was sent for one transaction, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it.each(swapped.map((transaction) => [JSON.stringify(transaction), transaction] as const))(
    "approves no other: %s",
    async (_, transaction) => {
      const { sessionId, code } = await world.open({ transaction: shown, purpose: "payment" });
      const other = { sessionId, code, purpose: "payment", transaction: { ...transaction } };
      expect(await outcomeOf(world.way(1).verifyPasscode(other))).toBe("WRONG_CODE");
      const same = { ...other, transaction: shown };
      expect(await outcomeOf(world.way(1).verifyPasscode(same))).toBe("APPROVED");
    },
  );

  it("says which one, to whoever reads or hears it", async () => {
    const phoneNumber = world.freshPhone();
    await world.open({ phoneNumber, transaction: shown });
    await world.open({ phoneNumber, transaction: shown, channel: Channel.VOICE });
    for (const { text } of world.messagesTo(phoneNumber)) {
      expect(text).toContain("12.00 EUR");
      expect(text).toContain("Bob");
    }
  });

  it("cannot be sent again in the name of another", async () => {
    const { sessionId, phoneNumber } = await world.open({ transaction: shown });
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const before = world.messages.length;
    const again = world
      .way(1)
      .sendPasscode({ destination, sessionId, transaction: { ...shown, payee: "Eve" } });
    expect(await outcomeOf(again)).toBe("SESSION_MISMATCH");
    expect(world.messages).toHaveLength(before);
  });
});
