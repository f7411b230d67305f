import fc from "fast-check";
import { expect, it } from "vitest";
import { liveThrough } from "./histories.ts";
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

it("A history that breaks a rule is made short, and seen again by the seed and the path that are printed", async () => {
  /** A rule that the service does not keep: nobody is told twice that a message was sent. */
  const judge = ({ asked }: History) => {
    const sent = asked.filter(({ told }) => told?.kind === "sent").length;
    return { faults: sent > 1 ? ["told twice"] : [], undecided: 0 };
  };
  const failureOf = async (histories: { seed: number; path?: string }): Promise<string> => {
    const failure: unknown = await liveThrough({ count: 100, ...histories }, judge).catch((error) => error);
    return failure instanceof Error ? failure.message : "none";
  };

  const found = await failureOf({ seed: 1 });
  const { script, seed, path } =
    /found:\n(?<script>.*)\nAgain: PASSCODE_SEED=(?<seed>\S+) PASSCODE_PATH=(?<path>\S+) /s.exec(found)
      ?.groups ?? {};
  expect(script?.match(/"do":"(?:open|resend|repeat)"/g)).toHaveLength(2);
  expect(script?.split("\n").length).toBeLessThan(9);

  expect(await failureOf({ seed: Number(seed), path: path ?? "" })).toContain(script);
});
