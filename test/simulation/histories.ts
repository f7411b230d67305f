import fc from "fast-check";
import { tally } from "../proof/effort.ts";
import { type History, play } from "./play.ts";
import { anyScript, written } from "./script.ts";
import { faultsIn } from "./watch.ts";

/** What a run of histories met, each kind of event counted. */
export type Met = ReadonlyMap<string, number>;

/**
 * Lives through `count` histories drawn from the seed and tells what they met. Throws on
 * the first that breaks a rule, with the shortest script found that does, and how to see
 * it again.
 */
export async function liveThrough({ seed, count }: { seed: number; count: number }): Promise<Met> {
  const met = new Map<string, number>();
  const path = process.env["PASSCODE_PATH"];
  const result = await fc.check(
    fc.asyncProperty(anyScript, async (script) => {
      const history = await play(script);
      const { faults, undecided } = faultsIn(history);
      note(met, history, undecided);
      if (faults.length > 0) throw new Error(faults.join("\n"));
    }),
    { seed, numRuns: count, ...(path !== undefined && { path }) },
  );
  tell(met);
  if (!result.failed) return met;
  const [script] = result.counterexample ?? [];
  throw new Error(
    [
      `A rule is broken in history ${result.numRuns} of seed ${result.seed}.`,
      String(result.errorInstance),
      "The shortest script that was found:",
      script === undefined ? "none" : written(script),
      `Again: PASSCODE_SEED=${result.seed} PASSCODE_PATH=${result.counterexamplePath} npx vitest run test/simulation`,
    ].join("\n"),
  );
}

function note(met: Map<string, number>, { asked, world, kills }: History, undecided: number): void {
  const add = (what: string, count = 1) => void (count > 0 && met.set(what, (met.get(what) ?? 0) + count));
  add("histories");
  add("undecided", undecided);
  add("kills", kills);
  add("store faults", world.store.faults);
  add("carrier faults", world.carriers.faults);
  add("conflicts", world.store.conflicts);
  add("messages", world.carriers.delivered.length);
  add("operations", asked.length);
  for (const { told, isLost, returned } of asked) {
    if (isLost) add("lost replies");
    if (told === undefined) add("unknown outcomes", returned === undefined ? 1 : 0);
    else if (told.kind === "refused") add(told.refusal.rule);
    else if (told.kind === "compared") add(`${told.kind} ${told.view.reason ?? told.view.status}`);
    else if (told.kind === "ended") add(`${told.kind} ${told.view.reason}`);
    else add(told.kind);
  }
}

function tell(met: Met): void {
  const count = (what: string) => met.get(what) ?? 0;
  tally("simulation", {
    histories: count("histories"),
    operations: count("operations"),
    "faults injected":
      count("store faults") + count("carrier faults") + count("kills") + count("lost replies"),
    "destinations undecided": count("undecided"),
  });
}
