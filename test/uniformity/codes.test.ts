import { afterAll, describe, expect, it } from "vitest";
import { effort, tally } from "../proof/effort.ts";
import { chiSquare, chiSquareMax } from "./chi-square.ts";
import { add, type CodeShape, charactersOf, codeOf, DrawnCodes, nonceOf, shareOf } from "./drawn-codes.ts";

const drawsPerShape = 40_000 * effort;
const jointDraws = 200_000 * effort;
/** Codes take some 10 microseconds each; this is thirty times as long. */

const lengths = [4, 5, 6, 7, 8, 9, 10];
const shapes: CodeShape[] = lengths.flatMap((length) => [
  { length, alphabet: "digits" },
  { length, alphabet: "letters" },
]);

let draws = 0;
afterAll(() => tally("uniformity", { draws }));

/** Derives that many codes, each of a nonce of its own. */
function draw(shape: CodeShape, count: number, each: (code: string) => void): void {
  for (let index = 0; index < count; index++) each(codeOf(shape, nonceOf(shape, index)));
  draws += count;
}

/** The names of those counts that fair chance would not bring about. */
function unfair(counted: readonly (readonly [name: string, counts: Uint32Array, ShareOf?])[]): string[] {
  return counted
    .filter(([, counts, share]) => !(chiSquare(counts, share) < chiSquareMax(counts.length)))
    .map(([name, counts, share]) => `${name}: ${chiSquare(counts, share)}`);
}

type ShareOf = (index: number) => number;

describe.each(shapes)("Codes of $length $alphabet", (shape) => {
  const characters = [...charactersOf[shape.alphabet]];
  const pairs = characters.flatMap((one) => characters.map((other) => one + other));
  const ofCharacter: ShareOf = (index) => shareOf(shape, characters[index] ?? "");
  const ofPair: ShareOf = (index) => shareOf(shape, pairs[index] ?? "");

  it("have every character, and every pair, as often as codes with a digit have them at every place", () => {
    const drawn = new DrawnCodes(shape);
    draw(shape, drawsPerShape, (code) => drawn.count(code));

    const found = unfair([
      ...drawn.places.map((counts, place) => [`place ${place}`, counts, ofCharacter] as const),
      ...drawn.pairs.map((counts, place) => [`pair at ${place}`, counts, ofPair] as const),
      ["everywhere", drawn.everywhere, ofCharacter],
    ]);
    expect(found).toEqual([]);
  });
});

describe("Codes of six digits, each as a whole,", () => {
  const shape: CodeShape = { length: 6, alphabet: "digits" };

  it("fall as often into any of 1,000 buckets as into any other, from end to end", () => {
    const byRange = new Uint32Array(1_000);
    const byRemainder = new Uint32Array(1_000);
    const drawn = new DrawnCodes(shape);
    let least = Number.POSITIVE_INFINITY;
    let greatest = 0;
    draw(shape, jointDraws, (code) => {
      const number = Number(code);
      add(byRange, Math.floor(number / 1_000));
      add(byRemainder, number % 1_000);
      drawn.count(code);
      least = Math.min(least, number);
      greatest = Math.max(greatest, number);
    });

    const found = unfair([
      ["by range", byRange],
      ["by remainder", byRemainder],
      ["everywhere", drawn.everywhere],
    ]);
    expect(found).toEqual([]);
    // All draws miss the hundred codes at an end with a chance of e^-20.
    expect(least).toBeLessThan(100);
    expect(greatest).toBeGreaterThan(999_899);
  });
});

describe("Codes of four digits, each as a whole,", () => {
  const shape: CodeShape = { length: 4, alphabet: "digits" };

  it("are each as likely as any other, 0000 and 9999 included, and none is left out", () => {
    const counts = new Uint32Array(10_000);
    draw(shape, jointDraws, (code) => add(counts, Number(code)));

    expect(unfair([["each", counts]])).toEqual([]);
    // Twenty of each are expected: one is missed with a chance of 10,000 * e^-20.
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});

describe("Codes of four letters, each as a whole,", () => {
  const shape: CodeShape = { length: 4, alphabet: "letters" };

  it("have digits at any of their places as often as chance has them there, and never at none", () => {
    // By which of the places hold one of the 7 digits, and which one of the 19 letters.
    const counts = new Uint32Array(2 ** 4);
    draw(shape, jointDraws, (code) =>
      add(counts, Number.parseInt(code.replaceAll(/[0-9]/g, "1").replaceAll(/[A-Z]/g, "0"), 2)),
    );

    const digits = (pattern: number) => pattern.toString(2).replaceAll("0", "").length;
    const share: ShareOf = (index) =>
      (7 ** digits(index + 1) * 19 ** (4 - digits(index + 1))) / (26 ** 4 - 19 ** 4);
    expect(counts[0]).toBe(0);
    expect(unfair([["each", counts.subarray(1), share]])).toEqual([]);
  });
});
