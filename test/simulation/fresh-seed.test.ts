import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { effort } from "../proof/effort.ts";
import { liveThrough } from "./histories.ts";

it(
  "No rule is broken in histories that nobody has seen before, either",
  async () => {
    const seed = Number(process.env["PASSCODE_SEED"] ?? randomInt(2 ** 31));

    const met = await liveThrough({ seed, count: 1_000 * effort });

    expect(met.get("compared approved")).toBeGreaterThan(0);
  },
  120_000 * effort,
);
