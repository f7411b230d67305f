import { createHmac, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { codeIsWellFormed, codeMatches, deriveCode } from "../../src/ledger/code.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import type { CodeAlphabet } from "../../src/ledger/policy.ts";
import { brief, DestinationLife, fixedKeys, fixedName } from "./ledgers.ts";

const keys = fixedKeys({ codes: [1, 2] }).codes;
const ledger = Buffer.from(fixedName("ledger"), "base64url");
const session = {
  id: fixedName("session"),
  nonce: fixedName("nonce"),
  keyId: 1,
  binding: fixedName("binding"),
  address: fixedName("address"),
  codeLength: 6,
  codeAlphabet: "digits" as CodeAlphabet,
};
const source = (changes: Partial<typeof session> = {}) => ({ ledger, session: { ...session, ...changes } });

const lengths = [4, 5, 6, 7, 8, 9, 10];
const shapes = lengths.flatMap((codeLength) => [
  { codeLength, codeAlphabet: "digits" as const, characters: "0123456789" },
  { codeLength, codeAlphabet: "letters" as const, characters: "2345679CDFGHJKMNPQRSTVWXYZ" },
]);

describe.each(shapes)("A code of $codeLength $codeAlphabet", ({ codeLength, codeAlphabet, characters }) => {
  const nonces = Array.from({ length: 500 }, (_, index) => fixedName(`code ${index}`));

  it("is the MAC's bytes, each character by as many of their values as any other, from the first block that gives a digit", () => {
    const values = Math.floor(256 / characters.length) * characters.length;
    const key = keys.get(1) as KeyObject; // Made above.
    const { id, binding, address } = session;
    const blockOf = (nonce: string, block: number) => {
      const list = JSON.stringify([
        fixedName("ledger"),
        id,
        nonce,
        1,
        binding,
        address,
        codeLength,
        codeAlphabet,
      ]);
      const mac = createHmac("sha256", key).update(`${list}${block}`).digest();
      const kept = [...mac].filter((byte) => byte < values).slice(0, codeLength);
      return kept.map((byte) => characters.charAt(byte % characters.length)).join("");
    };
    // One block is enough for a code: 22 of 32 bytes would have to be skipped.
    const expected = (nonce: string) =>
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((block) => blockOf(nonce, block)).find((code) => /\d/.test(code));

    const codes = nonces.map((nonce) => deriveCode(source({ nonce, codeLength, codeAlphabet }), keys));
    expect(codes).toEqual(nonces.map(expected));
  });

  it("is well-formed, and holds a digit", () => {
    const codes = nonces.map((nonce) => deriveCode(source({ nonce, codeLength, codeAlphabet }), keys));
    expect(codes.filter((code) => !codeIsWellFormed(code, { codeLength, codeAlphabet }))).toEqual([]);
    expect(codes.filter((code) => !/[0-9]/.test(code))).toEqual([]);
  });
});

describe("A code", () => {
  it("is the same each time for one session and one key", () => {
    expect(deriveCode(source(), keys)).toBe(deriveCode(source(), fixedKeys().codes));
  });

  it("is this one for this session and this key, in every version", () => {
    expect(deriveCode(source({ codeLength: 10 }), keys)).toBe("5805388143");
    expect(deriveCode(source({ codeLength: 10, codeAlphabet: "letters" }), keys)).toBe("W75NPP9NQS");
  });

  const long = { codeLength: 10 };
  const other = fixedName("other");

  it.each([
    ["nonce", source({ ...long, nonce: other })],
    ["session", source({ ...long, id: other })],
    ["purpose or transaction", source({ ...long, binding: other })],
    ["address", source({ ...long, address: other })],
    ["key", source({ ...long, keyId: 2 })],
    ["ledger", { ...source(long), ledger: Buffer.from(other, "base64url") }],
  ])("is another one for another %s", (_, changed) => {
    expect(deriveCode(changed, keys)).not.toBe(deriveCode(source(long), keys));
  });

  it("is not the beginning of a longer one", () => {
    expect(deriveCode(source(long), keys).startsWith(deriveCode(source({ codeLength: 9 }), keys))).toBe(
      false,
    );
  });

  it("cannot be derived without its key", () => {
    expect(() => deriveCode(source({ keyId: 3 }), keys)).toThrow("no code key has the id 3");
  });

  it("matches itself and nothing that differs in one place", () => {
    const code = deriveCode(source(), keys);
    const others = [...code].map(
      (digit, place) => code.slice(0, place) + ((Number(digit) + 1) % 10) + code.slice(place + 1),
    );
    expect(codeMatches(code, source(), keys)).toBe(true);
    expect(others.filter((other) => codeMatches(other, source(), keys))).toEqual([]);
  });

  it("approves nothing where its nonce, or its whole session, was copied to", () => {
    const [own, foreign] = [new DestinationLife({ codeLength: 10 }), new DestinationLife({ codeLength: 10 })];
    const victim = own.open({ binding: own.keys.bindingOf("payment", { amount: "900" }) });
    const stranger = foreign.open();
    const code = foreign.codeOf(stranger);
    const { nonce } = foreign.session(stranger);
    const binding = own.session(victim).binding;

    const withNonce = { ...own.session(victim), nonce };
    own.record = { ...(own.record as Ledger), sessions: [withNonce] };
    expect(brief(own.verify(victim, code, { binding }))).toBe("pending");
    const another = foreign.fork({});
    const ledger = own.keys.ledgerOf("default", { kind: "phone", canonical: "+4915112345646" });
    expect(brief(another.verify(stranger, code, { ledger }))).toBe("pending");
    expect(brief(foreign.verify(stranger, code))).toBe("approved");
  });
});

describe("A code of letters", () => {
  const life = () => new DestinationLife({ codeAlphabet: "letters" });

  it("is read whatever its case", () => {
    const [upper, lower] = [life(), life()];
    const session = upper.open();
    lower.record = upper.record;
    expect(brief(upper.verify(session, upper.codeOf(session)))).toBe("approved");
    expect(brief(lower.verify(session, lower.codeOf(session).toLowerCase()))).toBe("approved");
  });

  it("that has no digit in it is malformed, since no code is without", () => {
    const one = life();
    expect(one.verify(one.open(), "CDFGHJ").kind).toBe("malformed");
    expect(one.verify(one.open(), "cdfgh2").kind).toBe("compared");
  });

  it.each(["O", "0", "I", "1", "L", "l", "8", "B", "A", "E", "U", "-", " "])(
    "that has %j in it is malformed, since no code has",
    (character) => {
      const one = life();
      expect(one.verify(one.open(), `2345C${character}`).kind).toBe("malformed");
    },
  );

  it.each([
    ["a sharp s, two letters in capitals", "ß"],
    ["a long s, an S in capitals", "ſ"],
    ["a ligature, two letters in capitals", "ﬀ"],
    ["another ligature", "ﬆ"],
    ["the kelvin sign", "\u212a"],
    ["a full-width letter", "Ｃ"],
    ["a Cyrillic letter", "Х"],
  ])("that has %s in it is malformed", (_, character) => {
    const one = life();
    expect(one.verify(one.open(), `2345C${character}`).kind).toBe("malformed");
    expect(one.verify(one.open(), `2345${character}`).kind).toBe("malformed");
  });
});

describe("A code of digits", () => {
  it.each([
    ["Arabic-Indic digits", "٠١٢٣٤٥"],
    ["Persian digits", "۰۱۲۳۴۵"],
    ["Devanagari digits", "०१२३४५"],
    ["full-width digits", "０１２３４５"],
    ["mathematical digits", "𝟎𝟏𝟐"],
    ["six mathematical digits", "𝟎𝟏𝟐𝟑𝟒𝟓"],
    ["a superscript", "12345²"],
    ["a combining mark", "12345\u0301"],
    ["a zero-width space", "12345\u200b"],
    ["a line feed at the end", "12345\n"],
    ["a line feed after it", "123456\n"],
    ["a null character", "12345\0"],
    ["a letter", "12345C"],
    ["an exponent", "1234e5"],
  ])("that has %s is malformed", (_, code) => {
    const life = new DestinationLife();
    expect(life.verify(life.open(), code)).toEqual({ kind: "malformed", codeLength: 6 });
  });
});
