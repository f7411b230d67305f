import { createHmac, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { codeIsWellFormed, codeMatches, deriveCode } from "../../src/ledger/code.ts";
import type { CodeAlphabet } from "../../src/ledger/policy.ts";
import { brief, DestinationLife, fixedKeys, fixedName } from "./ledgers.ts";

const keys = fixedKeys({ codes: [1, 2] }).codes;
const source = (nonce: string, codeLength = 6, codeAlphabet: CodeAlphabet = "digits", keyId = 1) => ({
  nonce,
  keyId,
  codeLength,
  codeAlphabet,
});

const lengths = [4, 5, 6, 7, 8, 9, 10];
const shapes = lengths.flatMap((length) => [
  { length, alphabet: "digits" as const, characters: "0123456789" },
  { length, alphabet: "letters" as const, characters: "2345679CDFGHJKMNPQRSTVWXYZ" },
]);

describe.each(shapes)("A code of $length $alphabet", ({ length, alphabet, characters }) => {
  it("is the MAC's bytes, each character by as many of their values as any other", () => {
    const values = Math.floor(256 / characters.length) * characters.length;
    const key = keys.get(1) as KeyObject; // Made above.
    const macOf = (nonce: string) =>
      [0, 1, 2, 3].map((block) => createHmac("sha256", key).update(`${nonce}:${block}`).digest());
    const expected = (nonce: string) => {
      const kept = [...Buffer.concat(macOf(nonce))].filter((byte) => byte < values).slice(0, length);
      return kept.map((byte) => characters.charAt(byte % characters.length)).join("");
    };

    const nonces = Array.from({ length: 500 }, (_, index) => fixedName(`code ${index}`));
    const codes = nonces.map((nonce) => deriveCode(source(nonce, length, alphabet), keys));
    expect(codes).toEqual(nonces.map(expected));
    expect(codes.filter((code) => !codeIsWellFormed(code, source("", length, alphabet)))).toEqual([]);
  });
});

describe("A code", () => {
  const nonce = fixedName("nonce");

  it("is the same each time for one nonce and one key", () => {
    expect(deriveCode(source(nonce), keys)).toBe(deriveCode(source(nonce), fixedKeys().codes));
  });

  it("is this one for this nonce and this key, in every version", () => {
    expect(deriveCode(source(nonce, 10), keys)).toBe("1864843420");
    expect(deriveCode(source(nonce, 10, "letters"), keys)).toBe("VP6P9M2ZK7");
  });

  it("is another one for another nonce", () => {
    expect(deriveCode(source(fixedName("other"), 10), keys)).not.toBe(deriveCode(source(nonce, 10), keys));
  });

  it("is another one under another key", () => {
    expect(deriveCode(source(nonce, 10, "digits", 2), keys)).not.toBe(deriveCode(source(nonce, 10), keys));
  });

  it("cannot be derived without its key", () => {
    expect(() => deriveCode(source(nonce, 6, "digits", 3), keys)).toThrow("no code key has the id 3");
  });

  it("matches itself and nothing that differs in one place", () => {
    const code = deriveCode(source(nonce), keys);
    const others = [...code].map(
      (digit, place) => code.slice(0, place) + ((Number(digit) + 1) % 10) + code.slice(place + 1),
    );
    expect(codeMatches(code, source(nonce), keys)).toBe(true);
    expect(others.filter((other) => codeMatches(other, source(nonce), keys))).toEqual([]);
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
