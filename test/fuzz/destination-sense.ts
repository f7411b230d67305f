import { expect } from "vitest";
import type { ParsedDestination } from "../../src/ledger/destination.ts";
import { fixedKeys } from "../ledger/ledgers.ts";

/*
 * Whatever is given for a number or an address: nothing is thrown, and what is taken is
 * taken in one form, which is read again as itself and stands for one person's limits.
 */

const keys = fixedKeys();
const isPlain = /^[\x21-\x7e]+$/;

/** The name of the ledger that its limits are counted in. */
export function keyOf(parsed: ParsedDestination): string | undefined {
  if (parsed.kind !== "ok") return undefined;
  return keys.ledgerOf("default", parsed.destination).toString("hex");
}

/** What is refused says why in a sentence that is none of the input; what is taken is sound, and reads as itself. */
export function expectSense(text: string, parse: (text: string) => ParsedDestination): void {
  const parsed = parse(text);
  if (parsed.kind !== "ok") {
    expect(parsed.why).toMatch(/^(must|is|belongs) [ -~]{5,250}$/);
    if (text.length > 8) expect(parsed.why).not.toContain(text);
    return;
  }
  const { address, canonical, masked } = parsed.destination;
  expect(address).toMatch(isPlain);
  expect(canonical).toMatch(isPlain);
  expect(parse(address)).toEqual(parsed);
  // What limits are counted under need not be an address: no mailbox is named `a.`, as `a.+b` would have it.
  const folded = parse(canonical);
  if (folded.kind === "ok") expect(keyOf(folded)).toBe(keyOf(parsed));
  expect(masked).toContain("***");
  expect(masked).not.toContain(address);
}
