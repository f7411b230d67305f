import fc from "fast-check";
import { expect, it } from "vitest";
import { type History, play } from "./play.ts";
import { anyScript } from "./script.ts";

/** All that a bystander saw. */
function traceOf({ asked, world }: History): unknown[] {
  return [asked, world.carriers.delivered, world.store.looks, world.store.replacements];
}

it("A script is one history: played again, everything happens at the same instants in the same order", async () => {
  for (const script of fc.sample(anyScript, { seed: 1, numRuns: 40 })) {
    const first = traceOf(await play(script));
    const second = traceOf(await play(script));

    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  }
});
