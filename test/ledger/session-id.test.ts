import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSessionId, sealSessionId } from "../../src/ledger/session-id.ts";
import { brief, DestinationLife, fixedKeys, fixedName } from "./ledgers.ts";

const keys = fixedKeys();
const ledger = keys.ledgerOf("shop", { kind: "phone", canonical: "+4915112345678" });
const reference = { id: fixedName("session"), ledger };
const sealed = sealSessionId(reference, 1, "shop", keys);

describe("A session id", () => {
  it("is 44 URL-safe characters that carry the session's 128 random bits", () => {
    const other = sealSessionId({ id: fixedName("other session"), ledger }, 1, "shop", keys);
    expect(sealed).toMatch(/^[A-Za-z0-9_-]{44}$/);
    expect(Buffer.from(sealed, "base64url").subarray(1, 17)).toEqual(Buffer.from(reference.id, "base64url"));
    expect(Buffer.from(reference.id, "base64url")).toHaveLength(16);
    expect(other).not.toBe(sealed);
  });

  it("opens to the session and the ledger it was made of", () => {
    expect(openSessionId(sealed, "shop", keys)).toEqual({ ...reference, keyId: 1 });
  });

  it("opens to what it was made of, whatever that is", () => {
    const bits = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes));
    const property = fc.property(bits, bits, fc.string(), (id, name, profile) => {
      const made = { id: id.toString("base64url"), ledger: name };
      expect(openSessionId(sealSessionId(made, 1, profile, keys), profile, keys)).toEqual({
        ...made,
        keyId: 1,
      });
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  });

  it("shows nothing of the ledger, and two of one destination have nothing in common but the key's id", () => {
    const other = sealSessionId({ id: fixedName("other session"), ledger }, 1, "shop", keys);
    const [one, two] = [sealed, other].map((text) => Buffer.from(text, "base64url"));
    expect(one?.includes(ledger)).toBe(false);
    expect(one?.subarray(17)).not.toEqual(two?.subarray(17));
    expect([one?.readUInt8(0), two?.readUInt8(0)]).toEqual([1, 1]);
  });

  it("opens in another profile to a ledger that nobody has", () => {
    expect(openSessionId(sealed, "bank", keys)?.ledger).not.toEqual(ledger);
  });

  it("opens under another secret to a ledger that nobody has", () => {
    const foreign = fixedKeys({ codes: [2] });
    const made = sealSessionId(reference, 2, "shop", foreign);
    const forged = Buffer.from(made, "base64url");
    forged.writeUInt8(1);
    expect(openSessionId(forged.toString("base64url"), "shop", keys)?.ledger).not.toEqual(ledger);
  });

  it("made under a key that is not there opens to nothing", () => {
    expect(openSessionId(sealed, "shop", fixedKeys({ codes: [2] }))).toBeUndefined();
  });

  it("is not made under a key that is not there", () => {
    expect(() => sealSessionId(reference, 3, "shop", keys)).toThrow("no code key has the id 3");
  });

  it.each([
    "",
    "A",
    "A".repeat(43),
    "A".repeat(45),
    "A".repeat(4_096),
    sealed.slice(1),
    `${sealed}=`,
    ` ${sealed}`,
    `${sealed}\n`,
    `${sealed.slice(0, -1)}+`,
    `${sealed.slice(0, -1)}/`,
    `${sealed.slice(0, -1)}é`,
    `${sealed.slice(0, -1)}\0`,
    "A".repeat(44),
  ])("is not %j", (text) => {
    expect(openSessionId(text, "shop", keys)).toBeUndefined();
  });

  it("tampered with in any one bit leads to no session", () => {
    const two = fixedKeys({ codes: [1, 2] });
    const found = Array.from({ length: 33 * 8 }, (_, bit) => {
      const bytes = Buffer.from(sealed, "base64url");
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return openSessionId(bytes.toString("base64url"), "shop", two);
    }).filter((opened) => opened?.id === reference.id && opened.ledger.equals(ledger));
    expect(found).toEqual([]);
  });

  it("of garbage finds no session in a ledger", () => {
    const life = new DestinationLife();
    life.open();
    const opened = openSessionId(`AQ${"A".repeat(42)}`, "shop", keys);
    expect(opened?.id).toBe("AAAAAAAAAAAAAAAAAAAAAA");
    expect(brief(life.verify(opened?.id ?? "", "123456"))).toBe("sessionNotFound");
  });
});

describe("When a new key comes first and the old one second", () => {
  const rotated = fixedKeys({ codes: [2, 1] });

  it("new sessions are made under the new one", () => {
    expect(rotated.currentId).toBe(2);
  });

  it("session ids of the old one still open", () => {
    expect(openSessionId(sealed, "shop", rotated)).toEqual({ ...reference, keyId: 1 });
  });

  it("codes of the old one are still right, also after a resend", () => {
    const life = new DestinationLife();
    const session = life.open();
    const code = life.codeOf(session);
    const after = new DestinationLife();
    Object.assign(after, { keys: rotated, record: life.record });
    after.resend(session, { keyId: rotated.currentId });
    expect(brief(after.verify(session, code))).toBe("approved");
  });

  it("codes and session ids of the two differ", () => {
    const life = new DestinationLife();
    Object.assign(life, { keys: rotated });
    const [old, young] = [life.open({ keyId: 1 }), life.open({ keyId: 2 })];
    expect(life.session(young).keyId).toBe(2);
    expect(life.codeOf(old)).not.toBe(life.codeOf(young));
    expect(sealSessionId(reference, 2, "shop", rotated)).not.toBe(sealed);
  });
});
