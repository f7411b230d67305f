import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { connectBody } from "../rpc/wire.ts";
import { outcomeOf } from "./outcome.ts";
import { profilesWith, stores, World } from "./world.ts";

const isDigit = (codePoint: number) => /^\p{Nd}$/u.test(String.fromCodePoint(codePoint));

/** The zeros of all scripts but ASCII: decimal digits come in rows of ten. */
const zeros = Array.from({ length: 0x20000 }, (_, codePoint) => codePoint).filter((codePoint) => {
  let before = 0;
  while (isDigit(codePoint) && isDigit(codePoint - before - 1)) before += 1;
  return codePoint > 0x7f && isDigit(codePoint) && before % 10 === 0;
});

function inDigitsOf(zero: number): (code: string) => string {
  return (code) => code.replaceAll(/[0-9]/g, (digit) => String.fromCodePoint(zero + Number(digit)));
}

/** Other ways to write a code of digits that some parser would take for it. */
const disguises: readonly (readonly [name: string, disguise: (code: string) => string])[] = [
  ["one digit in full width", (code) => inDigitsOf(0xff10)(code.slice(0, 1)) + code.slice(1)],
  ["spaces", (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
  ["a space around", (code) => ` ${code} `],
  ["a line's end", (code) => `${code}\n`],
  ["nothing to see", (code) => `${code.slice(0, 3)}\u200b${code.slice(3)}`],
  ["the direction reversed", (code) => `\u202e${[...code].reverse().join("")}`],
  ["a mark on a digit", (code) => `${code}\u0301`],
  ["a sign", (code) => `+${code}`],
  ["a fraction", (code) => `${code}.0`],
  ["an exponent", (code) => `${code}e0`],
  ["a zero before", (code) => `0${code}`],
  ["hexadecimal", (code) => `0x${Number(code).toString(16)}`],
  ["a zero byte", (code) => `${code}\0`],
  ["superscripts", (code) => code.replaceAll(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(Number(digit)))],
];

describe.each(stores)("The right code in other characters, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    const base = { ...defaultPolicy, codeAlphabet: "letters", codeLength: 10 } as const;
    world = await World.start(
      store,
      profilesWith({ default: {}, letters: { policies: { base, named: new Map() } } }),
    );
  });
  afterAll(() => world.end());

  it("of all scripts is not compared, and costs nothing", async () => {
    expect(zeros.length).toBeGreaterThan(60);
    const session = await world.open();
    const { sessionId, code } = session;

    const outcomes = zeros.map((zero, index) =>
      outcomeOf(world.way(index).verifyPasscode({ sessionId, code: inDigitsOf(zero)(code) })),
    );

    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["INVALID_REQUEST"]));
    expect(await world.attempts(session)).toBe(0);
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
  });

  it.each(disguises)("with %s is not compared, and costs nothing", async (_, disguise) => {
    const session = await world.open();
    const { sessionId, code } = session;

    const outcome = await outcomeOf(world.way(1).verifyPasscode({ sessionId, code: disguise(code) }));

    expect(outcome).toMatch(/^(INVALID_REQUEST|CODE_MALFORMED)$/);
    expect(await world.attempts(session)).toBe(0);
    expect(await outcomeOf(world.way(0).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
  });

  it("as a number in JSON, which would lose its zeros, is not compared", async () => {
    const session = await world.open();
    const { sessionId, code } = session;
    for (const ports of world.ports) {
      const body = `{"sessionId": "${sessionId}", "code": ${Number(code)}}`;
      const reply = await connectBody({ ports }, "verifyPasscode", body);
      expect(reply.reason).toBe("INVALID_REQUEST");
    }
    expect(await world.attempts(session)).toBe(0);
  });

  it("that become letters of a code in capitals is not compared", async () => {
    const destination = { case: "phoneNumber", value: world.freshPhone() } as const;
    const { sessionId } = await world.way(0).sendPasscode({ destination, profile: "letters" });
    const becoming = [
      "\u017f",
      "\u00df",
      "\ufb06",
      "\u0149",
      "\u01f0",
      "\u212a",
      "\u212b",
      "\u0131",
      "\ufb00",
    ];
    for (const character of becoming) {
      const code = character.padEnd(10, "C");
      const outcome = await outcomeOf(world.way(1).verifyPasscode({ sessionId, code, profile: "letters" }));
      expect(outcome).toBe("INVALID_REQUEST");
    }
    expect(await world.attempts({ sessionId }, "letters")).toBe(0);
  });
});
