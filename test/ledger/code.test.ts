import { describe, expect, it } from "vitest";
import { codeIsWellFormed, codeMatches, deriveCode } from "../../src/ledger/code.ts";
import type { CodeAlphabet } from "../../src/ledger/policy.ts";
import { brief, DestinationLife, fixedKeys, fixedName } from "./ledgers.ts";
import { chiSquare, chiSquareMax, countsOf } from "./statistics.ts";

const keys = fixedKeys({ codes: [1, 2] }).codes;
const digits = "0123456789";
const letters = "2345679CDFGHJKMNPQRSTVWXYZ";
const characters: Record<CodeAlphabet, string> = { digits, letters };

const source = (nonce: string, codeLength = 6, codeAlphabet: CodeAlphabet = "digits", keyId = 1) => ({
  nonce,
  keyId,
  codeLength,
  codeAlphabet,
});

function codes(count: number, codeLength: number, codeAlphabet: CodeAlphabet): string[] {
  return Array.from({ length: count }, (_, index) =>
    deriveCode(source(`${codeAlphabet} ${codeLength} ${index}`, codeLength, codeAlphabet), keys),
  );
}

const lengths = [4, 5, 6, 7, 8, 9, 10];
const shapes = lengths.flatMap((length) => [
  { length, alphabet: "digits" as const },
  { length, alphabet: "letters" as const },
]);

describe.each(shapes)("A code of $length $alphabet", ({ length, alphabet }) => {
  const sample = codes(3_000, length, alphabet);

  it("has that length and only those characters", () => {
    expect(sample.filter((code) => !codeIsWellFormed(code, source("", length, alphabet)))).toEqual([]);
    expect(new Set(sample.map((code) => code.length))).toEqual(new Set([length]));
    expect(new Set(sample.join(""))).toEqual(new Set(characters[alphabet]));
  });

  it("has every character as likely as any other at every place", () => {
    const places = Array.from({ length }, (_, place) =>
      chiSquare(
        countsOf(
          sample.map((code) => code.charAt(place)),
          characters[alphabet],
        ),
      ),
    );
    expect(Math.max(...places)).toBeLessThan(chiSquareMax(characters[alphabet].length));
  });
});

describe.each(["digits", "letters"] as const)("Of 200,000 codes of ten %s", (alphabet) => {
  const sample = codes(200_000, 10, alphabet);
  const single = [...characters[alphabet]];
  const double = single.flatMap((first) => single.map((second) => first + second));
  const places = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  it.each(places)("each character stands as often as any other at place %i", (place) => {
    const counts = countsOf(
      sample.map((code) => code.charAt(place)),
      single,
    );
    expect(chiSquare(counts)).toBeLessThan(chiSquareMax(single.length));
  });

  it.each(places.slice(0, -1))("each pair stands as often as any other at place %i", (place) => {
    const counts = countsOf(
      sample.map((code) => code.slice(place, place + 2)),
      double,
    );
    expect(chiSquare(counts)).toBeLessThan(chiSquareMax(double.length));
  });

  it("the first and the last character have nothing to do with each other", () => {
    const counts = countsOf(
      sample.map((code) => code.charAt(0) + code.charAt(9)),
      double,
    );
    expect(chiSquare(counts)).toBeLessThan(chiSquareMax(double.length));
  });
});

describe("Of 200,000 codes of four digits", () => {
  const sample = codes(200_000, 4, "digits");

  it("none is left out, 0000 and 9999 included, and each is as likely as any other", () => {
    const all = Array.from({ length: 10_000 }, (_, number) => String(number).padStart(4, "0"));
    const counts = countsOf(sample, all);
    expect(counts).toHaveLength(10_000);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(chiSquare(counts)).toBeLessThan(chiSquareMax(10_000));
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
