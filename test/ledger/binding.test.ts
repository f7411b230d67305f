import { describe, expect, it } from "vitest";
import { openSessionId, sealSessionId } from "../../src/ledger/session-id.ts";
import { brief, DestinationLife, fixedKeys, phoneNumber, told } from "./ledgers.ts";

const paid = { amount: "12.50 EUR", payee: "Alice" };

describe("A code", () => {
  it("approves with its own purpose and transaction, in any order", () => {
    const life = new DestinationLife();
    const session = life.open({ binding: life.keys.bindingOf("payment", paid) });
    const binding = life.keys.bindingOf("payment", { payee: "Alice", amount: "12.50 EUR" });
    expect(brief(life.right(session, { binding }))).toBe("approved");
  });

  const others: [what: string, purpose: string, transaction: Record<string, string>][] = [
    ["another purpose", "login", paid],
    ["no purpose", "", paid],
    ["a purpose in capitals", "Payment", paid],
    ["no transaction", "payment", {}],
    ["another amount", "payment", { ...paid, amount: "12.51 EUR" }],
    ["another name for the amount", "payment", { sum: "12.50 EUR", payee: "Alice" }],
    ["one pair less", "payment", { amount: "12.50 EUR" }],
    ["one pair more", "payment", { ...paid, note: "" }],
    ["values changed places", "payment", { amount: "Alice", payee: "12.50 EUR" }],
    ["the pairs run together", "payment", { amount: '12.50 EUR"],["payee","Alice' }],
  ];

  it.each(others)("counts as wrong with %s", (_, purpose, transaction) => {
    const life = new DestinationLife();
    const session = life.open({ binding: life.keys.bindingOf("payment", paid) });
    const outcome = life.right(session, { binding: life.keys.bindingOf(purpose, transaction) });
    expect(told(outcome)).toMatchObject({ status: "pending", attempts: 1, attemptsRemaining: 4 });
    expect(life.record?.strange.failures).toHaveLength(1);
  });

  it("ends its session when it comes five times with another purpose", () => {
    const life = new DestinationLife();
    const session = life.open();
    const binding = life.keys.bindingOf("recovery", {});
    const words = Array.from({ length: 5 }, () => brief(life.right(session, { binding })));
    expect(words.at(-1)).toBe("reject exhausted");
    expect(brief(life.send())).toBe("refused cooldown");
  });

  it("is wrong in another session of its destination", () => {
    const life = new DestinationLife();
    const [one, other] = [life.open(), life.open()];
    expect(brief(life.verify(other, life.codeOf(one)))).toBe("pending");
    expect(brief(life.right(one))).toBe("approved");
  });

  it("finds no session in the ledger of another destination", () => {
    const life = new DestinationLife();
    const session = life.open();
    const stranger = new DestinationLife();
    stranger.open({ newSessionId: "AAAAAAAAAAAAAAAAAAAAAA" });
    expect(brief(stranger.verify(session, life.codeOf(session)))).toBe("sessionNotFound");
  });

  it("outlives a change of the index key, and not of its own", () => {
    const changed = fixedKeys({ index: "another index", codes: [2, 1] });
    const binding = fixedKeys().bindingOf("login", {});
    expect(changed.bindingOf("login", {}, 1)).toBe(binding);
    expect(changed.bindingOf("login", {})).not.toBe(binding);
    expect(() => changed.bindingOf("login", {}, 3)).toThrow("no code key has the id 3");
  });

  it("finds no ledger through the session id of another profile", () => {
    const life = new DestinationLife();
    const id = life.open();
    const phone = { kind: "phone", canonical: "+4915112345678" };
    const ledger = life.keys.ledgerOf("shop", phone);
    const opened = openSessionId(sealSessionId({ id, ledger }, 1, "shop", life.keys), "bank", life.keys);
    expect(opened?.ledger).not.toEqual(ledger);
    expect(opened?.ledger).not.toEqual(life.keys.ledgerOf("bank", phone));
  });
});

describe("A resend", () => {
  it("is refused with another purpose or transaction, and changes nothing", () => {
    const life = new DestinationLife();
    const session = life.open();
    const before = life.record;
    const binding = life.keys.bindingOf("payment", {});
    expect(brief(life.resend(session, { binding }))).toBe("sessionMismatch transaction");
    expect(life.record).toBe(before);
  });

  it.each([
    ["an address whose limits it shares", { kind: "phone", address: "+4915112345646" }],
    ["an address of another kind that is written alike", { kind: "email", address: phoneNumber }],
  ])("is refused to %s, and changes nothing", (_, other) => {
    const life = new DestinationLife();
    const session = life.open();
    const before = life.record;
    const address = life.keys.addressOf(other);
    expect(brief(life.resend(session, { address }))).toBe("sessionMismatch destination");
    expect(life.record).toBe(before);
    expect(brief(life.resend(session))).toBe("send");
  });

  it("names the destination before the transaction, where it differs in both", () => {
    const life = new DestinationLife();
    const session = life.open();
    const address = life.keys.addressOf({ kind: "email", address: "ann@corp.example" });
    const binding = life.keys.bindingOf("payment", {});
    expect(brief(life.resend(session, { address, binding }))).toBe("sessionMismatch destination");
  });

  it("is refused with another policy than its session's", () => {
    const life = new DestinationLife({}, { strict: { tries: 3 }, stricter: { tries: 2 } });
    const session = life.open({ policy: "strict" });
    expect(brief(life.resend(session, { policy: "stricter" }))).toBe("sessionMismatch policy");
    expect(brief(life.resend(session, { policy: "strict" }))).toBe("send");
    expect(brief(life.resend(session))).toBe("send");
    expect(brief(life.resend(life.open(), { policy: "strict" }))).toBe("sessionMismatch policy");
  });
});
