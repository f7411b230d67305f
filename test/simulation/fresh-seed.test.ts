import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { effort } from "../proof/effort.ts";
import { liveThrough } from "./histories.ts";

const { PASSCODE_SEED, PASSCODE_PATH: path } = process.env;
const seed = Number(PASSCODE_SEED ?? randomInt(2 ** 31));
const count = 1_000 * effort;

it(
  "No rule is broken in histories that nobody has seen before, either",
  async () => {
    // Said before, for those who come to see a run that never ended.
    process.stderr.write(`simulation: PASSCODE_SEED=${seed}\n`);

    const met = await liveThrough({ seed, count, path });

    expect(met.get("histories")).toBe(path === undefined ? count : 1);
    expect(met.get("undecided") ?? 0).toBeLessThanOrEqual(count * 0.01);
  },
  300_000 * effort,
);
