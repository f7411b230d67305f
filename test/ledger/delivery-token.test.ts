import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDelivery, sealDelivery } from "../../src/ledger/delivery-token.ts";
import { openSessionId } from "../../src/ledger/session-id.ts";
import { fixedKeys, fixedName } from "./ledgers.ts";

const keys = fixedKeys({ codes: [2, 1] });
const iv = Buffer.alloc(12, 7);
const sent = {
  ledger: Buffer.from(fixedName("ledger"), "base64url"),
  sessionId: fixedName("session"),
  delivery: 300,
  profileTag: keys.profileTag("default"),
  keyId: 1,
};
const token = sealDelivery(sent, { provider: "twilio", iv, keys });

describe("What stands for a send with a provider", () => {
  it("opens to the send for the provider it was made for", () => {
    expect(openDelivery(token, "twilio", keys)).toEqual(sent);
  });

  it("fits what the vendors take: up to 100 letters, digits, hyphens and underscores", () => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{1,100}$/);
  });

  it("is of no use to another provider, nor as a session id", () => {
    expect(openDelivery(token, "vonage", keys)).toBeUndefined();
    expect(openSessionId(token, "default", keys)).toBeUndefined();
  });

  it("does not open with other keys, or once its key is gone", () => {
    expect(openDelivery(token, "twilio", fixedKeys({ codes: [2] }))).toBeUndefined();
    const elsewhere = sealDelivery(sent, { provider: "twilio", iv, keys: fixedKeys() });
    expect(openDelivery(elsewhere, "twilio", keys)).toEqual(sent);
    expect(sealDelivery({ ...sent, keyId: 2 }, { provider: "twilio", iv, keys })).not.toBe(token);
  });

  it("is not made under a key that is not there", () => {
    const without = fixedKeys({ codes: [2] });
    expect(() => sealDelivery(sent, { provider: "twilio", iv, keys: without })).toThrow(
      "no code key has the id 1",
    );
  });

  it("does not open with any bit changed, nor cut short, nor lengthened", () => {
    const bytes = Buffer.from(token, "base64url");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at);
        expect(openDelivery(changed.toString("base64url"), "twilio", keys)).toBeUndefined();
      }),
    );
    expect(openDelivery(token.slice(0, -1), "twilio", keys)).toBeUndefined();
    expect(openDelivery(`${token}A`, "twilio", keys)).toBeUndefined();
    expect(openDelivery("", "twilio", keys)).toBeUndefined();
  });

  it("has one spelling", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const spellings = [...alphabet].map((last) => token.slice(0, -1) + last);
    expect(spellings.filter((other) => openDelivery(other, "twilio", keys) !== undefined)).toEqual([token]);
  });

  it("differs every time, so that nobody can tell two sends of one session", () => {
    const other = sealDelivery(sent, { provider: "twilio", iv: Buffer.alloc(12, 8), keys });
    expect(other.slice(20)).not.toBe(token.slice(20));
  });
});
