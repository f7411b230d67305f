import fc from "fast-check";
import examples from "libphonenumber-js/examples.mobile.json" with { type: "json" };
import { getCountries, getExampleNumber, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { describe, expect, test } from "vitest";
import { parsePhone } from "../../src/ledger/destination.ts";
import { defaultNumberKinds, numberKinds } from "../../src/ledger/number-kind.ts";
import { mutatedText } from "./bytes.ts";
import { expectSense, keyOf } from "./destination-sense.ts";
import { fuzz } from "./fuzzing.ts";

const everyKind = { allowKinds: new Set(numberKinds), denyCountries: new Set<string>() };
const usual = { allowKinds: new Set(defaultNumberKinds), denyCountries: new Set(["FR"]) };

const digitsOf = (zero: number) =>
  Array.from({ length: 10 }, (_, digit) => String.fromCodePoint(zero + digit));
const otherDigits = [0x660, 0x6f0, 0x966, 0xff10, 0x1d7ce].flatMap(digitsOf);
const separators = [
  ..." -().,;/\t\n\r\0*#+",
  "\u200b",
  "\u202e",
  "\u2066",
  "\u00a0",
  "\u2011",
  "ext",
  "x",
  "tel:",
  "(0)",
  "0",
  "00",
];
const numbers = getCountries().flatMap((country) => getExampleNumber(country, examples)?.number ?? []);
const number = fc.constantFrom<string>(
  ...numbers,
  "+881612345678",
  "+41900123456",
  "+12025550101",
  "+5491123456789",
  "+541123456789",
);

describe("a phone number", () => {
  const spelt = fc
    .tuple(
      number,
      fc.array(fc.tuple(fc.nat(15), fc.constantFrom(...separators, ...otherDigits)), { maxLength: 4 }),
    )
    .map(([text, changes]) =>
      changes.reduce((made, [at, piece]) => made.slice(0, at) + piece + made.slice(at + (at % 2)), text),
    );
  /** With the zero that is dialled before the number within its country. */
  const withTrunkZero = number.map(
    (text) =>
      `+${parsePhoneNumberFromString(text)?.countryCallingCode}0${parsePhoneNumberFromString(text)?.nationalNumber}`,
  );
  const anyNumber = fc.oneof(
    spelt,
    withTrunkZero,
    mutatedText(number),
    fc.stringMatching(/^\+[0-9]{1,17}$/),
    fc.string({ unit: "binary" }),
  );

  test("is read in one form or refused, whatever it looks like", () =>
    fuzz(2_500, anyNumber, (text) => {
      expectSense(text, (one) => parsePhone(one, everyKind));
      expectSense(text, (one) => parsePhone(one, usual));
      const parsed = parsePhone(text, everyKind);
      // Of all spellings of a number one is taken, so that no other can have limits of its own.
      if (parsed.kind !== "ok") return;
      expect(parsed.destination.address).toBe(text);
      expect(parsePhoneNumberFromString(text)?.number).toBe(text);
    }));

  /** Often one with and without the 9 that Argentina's mobiles are written with. */
  const oneOfFew = fc.oneof(
    { weight: 4, arbitrary: number },
    fc.constantFrom("+5491123456789", "+541123456789"),
  );

  test("that differs in what is dialled has limits of its own", () =>
    fuzz(1_000, fc.tuple(oneOfFew, oneOfFew, fc.stringMatching(/^[0-9]{4}$/)), ([one, other, end]) => {
      const numbers = [one, other, one.slice(0, -4) + end].map((text) => parsePhone(text, everyKind));
      for (const a of numbers) {
        for (const b of numbers) {
          if (a.kind !== "ok" || b.kind !== "ok") continue;
          // Argentina's mobiles are written with a 9 and without.
          const dialled = ({ destination }: typeof a) => destination.address.replace(/^\+549/, "+54");
          expect(keyOf(a) === keyOf(b)).toBe(dialled(a) === dialled(b));
        }
      }
    }));
});

test.each<[string, string]>([
  ["digits", `+${"1".repeat(65_536)}`],
  ["spaces", `+4179${" ".repeat(65_536)}1`],
])("64 KiB of %s are refused", (_, text) => {
  expect(parsePhone(text, everyKind).kind).toBe("invalid");
});
