import { appendFileSync } from "node:fs";

/**
 * How much of what can be repeated for ever is done in this run: 1 in the tests, more
 * when the proof is asked for by itself. A count of histories, inputs or rounds is
 * multiplied by it.
 */
export const effort = Math.max(1, Number(process.env["PASSCODE_EFFORT"] ?? 1) || 1);

/** The parts of the proof, each a folder of tests beside this one. */
export const sections = [
  "simulation",
  "linearizability",
  "attack",
  "secrecy",
  "uniformity",
  "controls",
  "fuzz",
  "abuse",
  "upgrade",
] as const;

export type Section = (typeof sections)[number];

/** Tells the proof's summary what has run: `tally("simulation", { histories: 1_000 })`. Counts of one name add up. */
export function tally(section: Section, counts: Readonly<Record<string, number>>): void {
  const file = process.env["PASSCODE_TALLY"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ section, counts })}\n`);
}
