import { expect, it } from "vitest";
import { effort } from "../proof/effort.ts";
import { liveThrough } from "./histories.ts";

/** How many histories a run lives through, each with up to 60 steps. */
const histories = 1_000;

const everything = [
  "sent",
  "deliveryFailed",
  "inProgress",
  "compared pending",
  "compared approved",
  "compared exhausted",
  "ended exhausted",
  "ended expired",
  "ended canceled",
  "alreadyApproved",
  "cooldown",
  "sendLimit",
  "verifyLimit",
  "guessBudget",
  "sessionNotFound",
  "sessionEnded",
  "sessionMismatch",
  "busy",
  "unknown outcomes",
  "lost replies",
  "kills",
  "store faults",
  "false records",
  "carrier faults",
  "conflicts",
];

it(
  "Whatever happens to users, attackers, instances, carriers and the store, no rule is broken",
  async () => {
    const met = await liveThrough({ seed: 1, count: histories * effort });

    expect(everything.filter((what) => !met.has(what))).toEqual([]);
    // A history too tangled to be decided proves nothing.
    expect(met.get("undecided") ?? 0).toBeLessThan(histories * effort * 0.01);
  },
  300_000 * effort,
);
