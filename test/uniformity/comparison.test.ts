import { beforeEach, describe, expect, it, vi } from "vitest";
import { DestinationLife, unlike } from "../ledger/ledgers.ts";
import { charactersOf } from "./drawn-codes.ts";

/** The lengths of what was compared in constant time, left and right. */
const compared: (readonly [left: number, right: number])[] = [];

vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const timingSafeEqual: typeof crypto.timingSafeEqual = (left, right) => {
    compared.push([left.byteLength, right.byteLength]);
    return crypto.timingSafeEqual(left, right);
  };
  return { ...crypto, timingSafeEqual };
});

beforeEach(() => {
  compared.length = 0;
});

const shapes = [4, 5, 6, 7, 8, 9, 10].flatMap((length) => [
  { length, alphabet: "digits" as const },
  { length, alphabet: "letters" as const },
]);

describe.each(shapes)("A code of $length $alphabet", ({ length, alphabet }) => {
  const life = () => new DestinationLife({ codeLength: length, codeAlphabet: alphabet });
  const whole = [[length, length]];

  it("is compared once, in constant time and as a whole, be it right or wrong at any of its places", () => {
    const tried = (codeFor: (code: string) => string) => {
      compared.length = 0;
      const one = life();
      const session = one.open();
      one.verify(session, codeFor(one.codeOf(session)));
      return [...compared];
    };
    const characters = charactersOf[alphabet];
    const wrongAt = (code: string, place: number) => {
      const other = characters.charAt((characters.indexOf(code.charAt(place)) + 1) % characters.length);
      return code.slice(0, place) + other + code.slice(place + 1);
    };

    expect(tried((code) => code)).toEqual(whole);
    expect(tried((code) => code.toLowerCase())).toEqual(whole);
    for (let place = 0; place < length; place++) expect(tried((code) => wrongAt(code, place))).toEqual(whole);
  });

  it("is compared also when it comes with another purpose, which alone would refuse it", () => {
    const one = life();
    const session = one.open();

    one.right(session, { binding: one.keys.bindingOf("transfer", {}) });

    expect(compared).toEqual(whole);
  });

  it.each([-1, 1])("is not compared when its length is off by %i", (off) => {
    const one = life();
    const session = one.open();
    const code = one.codeOf(session);

    const outcome = one.verify(session, off < 0 ? code.slice(0, -1) : `${code}2`);

    expect(outcome.kind).toBe("malformed");
    expect(compared).toEqual([]);
  });

  it("is not compared any more once its session has ended", () => {
    const one = life();
    const session = one.open();
    one.right(session);
    compared.length = 0;

    one.right(session);
    one.verify(session, unlike(one.codeOf(session)));

    expect(compared).toEqual([]);
  });
});
