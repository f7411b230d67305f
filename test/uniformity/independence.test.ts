import { afterAll, describe, expect, it } from "vitest";
import { DestinationLife, fixedName, wide } from "../ledger/ledgers.ts";
import { effort, tally } from "../proof/effort.ts";
import { chiSquare, chiSquareMax } from "./chi-square.ts";
import { add } from "./drawn-codes.ts";

const pairs = 20_000 * effort;

let draws = 0;
afterAll(() => tally("uniformity", { draws }));

const nonce = (name: string) => ({ newNonce: fixedName(`independence ${name}`) });

/** How often the second code of a pair is how far from the first, modulo 1,000,000, in 1,000 buckets. */
function distances(pairOf: (index: number) => readonly [first: string, second: string]): Uint32Array {
  const counts = new Uint32Array(1_000);
  for (let index = 0; index < pairs; index++) {
    const [first, second] = pairOf(index);
    add(counts, Math.floor(((Number(second) - Number(first) + 1_000_000) % 1_000_000) / 1_000));
  }
  draws += 2 * pairs;
  return counts;
}

describe("The code of a session", () => {
  it("stays the same in a resend", () => {
    const life = new DestinationLife(wide);
    const session = life.open();
    const code = life.codeOf(session);

    const resent = Array.from({ length: 20 }, () => {
      expect(life.resend(session).kind).toBe("send");
      return life.codeOf(session);
    });

    expect(new Set(resent)).toEqual(new Set([code]));
  });

  it("says nothing of the one that a fresh resend puts in its place", () => {
    const life = new DestinationLife({ ...wide, resend: "fresh" });

    const counts = distances((index) => {
      life.record = undefined;
      const session = life.open(nonce(`old ${index}`));
      const old = life.codeOf(session);
      life.resend(session, nonce(`fresh ${index}`));
      return [old, life.codeOf(session)];
    });

    expect(chiSquare(counts)).toBeLessThan(chiSquareMax(counts.length));
  });

  it("says nothing of that of another session of its destination", () => {
    const life = new DestinationLife(wide);

    const counts = distances((index) => {
      life.record = undefined;
      const first = life.open(nonce(`first ${index}`));
      const second = life.open(nonce(`second ${index}`));
      return [life.codeOf(first), life.codeOf(second)];
    });

    expect(chiSquare(counts)).toBeLessThan(chiSquareMax(counts.length));
  });
});
