import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effort } from "../proof/effort.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

/** A mobile number of each, with what people at home put before it instead of the country code. */
const numbers = [
  { what: "Swiss", countryCode: "41", trunk: "0", rest: "791000001" },
  { what: "British", countryCode: "44", trunk: "0", rest: "7400123456" },
  { what: "American", countryCode: "1", trunk: "1", rest: "2125551234" },
  { what: "Italian", countryCode: "39", trunk: "", rest: "3331234567" },
  { what: "Argentinian", countryCode: "54", trunk: "0", rest: "91123456789" },
] as const;

const digitZeros = ["0", "٠", "۰", "०", "০", "０", "𝟎", "𝟘"] as const;
const marks = [
  "",
  " ",
  "-",
  ".",
  "/",
  "\u00a0",
  "\u200b",
  "\u202a",
  "\u2060",
  "\t",
  "()",
  "\u0301",
  "\0",
] as const;

/** Each digit written in another script, some of them or all. */
function inDigits(zero: string, every: number): (text: string) => string {
  const code = zero.codePointAt(0) ?? 48;
  return (text) =>
    text.replaceAll(/[0-9]/g, (digit, at: number) =>
      at % every === 0 ? String.fromCodePoint(code + Number(digit)) : digit,
    );
}

const prefix = (countryCode: string, trunk: string) =>
  fc.constantFrom(
    `+${countryCode}`,
    `00${countryCode}`,
    `011${countryCode}`,
    `＋${countryCode}`,
    `++${countryCode}`,
    `+${countryCode}(0)`,
    `+${countryCode}${trunk}`,
    `+00${countryCode}`,
    `+0${countryCode}`,
    `tel:+${countryCode}`,
    `tel:+${countryCode}-`,
    countryCode,
    trunk,
  );

const around = fc.constantFrom(
  "{}",
  " {}",
  "{} ",
  "{}\n",
  "{}\0",
  "{};ext=1",
  "{} ext. 12",
  "{}x3",
  "{}#4",
  "{},5",
  "{};phone-context=+41",
  "call {}",
  "<{}>",
  '"{}"',
  "{}{}",
  "{},{}",
);

function spellingsOf({ countryCode, trunk, rest }: (typeof numbers)[number]): fc.Arbitrary<string> {
  return fc
    .record({
      start: prefix(countryCode, trunk),
      around,
      mark: fc.constantFrom(...marks),
      at: fc.nat(rest.length),
      zero: fc.constantFrom(...digitZeros),
      every: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ start, around, mark, at, zero, every }) => {
      const number = `${start}${rest.slice(0, at)}${mark}${rest.slice(at)}`;
      return inDigits(zero, every)(around.replaceAll("{}", () => number));
    });
}

const spellingsEach = 150 * effort;

describe.each(["memory", "Redis"] as const)("A number whose sends are spent, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it.each(numbers)("is sent nothing more in any spelling, if it is $what", async (number) => {
    const phoneNumber = `+${number.countryCode}${number.rest}`;
    for (let sent = 0; sent < 5; sent += 1) await world.open({ phoneNumber });
    const before = world.messages.length;
    const spellings = fc.sample(spellingsOf(number), { numRuns: spellingsEach, seed: 1 });

    const outcomes = spellings.map((value, index) =>
      outcomeOf(world.way(index).sendPasscode({ destination: { case: "phoneNumber", value } })),
    );

    const plain = { destination: { case: "phoneNumber", value: phoneNumber } } as const;
    expect(await outcomeOf(world.way(1).sendPasscode(plain))).toBe("SEND_LIMIT");
    const counts = await tally(outcomes);
    const refusals = ["SEND_LIMIT", "INVALID_REQUEST", "DESTINATION_INVALID", "DESTINATION_NOT_ALLOWED"];
    expect(Object.keys(counts).filter((outcome) => !refusals.includes(outcome))).toEqual([]);
    expect(world.messages.length).toBe(before);
  });

  it.each([
    ["the 9 of Argentinian mobiles or without it", ["+5491134567890", "+541134567890"]],
    ["the code of Israel for Palestine's or its own", ["+970592345678", "+972592345678"]],
    ["the Gabonese number of before 2019 or the one since", ["+24106234567", "+24166234567"]],
  ])("is sent nothing more with %s", async (_, numbers) => {
    const send = (index: number) =>
      outcomeOf(
        world.way(index).sendPasscode({
          destination: { case: "phoneNumber", value: numbers[index % 2] ?? "" },
        }),
      );
    for (const index of [0, 1, 2, 3, 4]) expect(await send(index)).toBe("PENDING");

    const outcomes = [send(5), send(6)];

    expect(await tally(outcomes)).toEqual({ SEND_LIMIT: 2 });
  });
});
