import fc from "fast-check";
import { effort, tally } from "../proof/effort.ts";
import { type History, play } from "./play.ts";
import { anyScript, written } from "./script.ts";
import { faultsIn } from "./watch.ts";

/** What a run of histories met, each kind of event counted. */
export type Met = ReadonlyMap<string, number>;

export interface Histories {
  readonly seed: number;
  readonly count: number;
  /** One of these histories alone, as the message of a failure names it. */
  readonly path?: string | undefined;
}

/** What is wrong with a history, and how much of it could not be judged. */
type Judge = (history: History) => { readonly faults: readonly string[]; readonly undecided: number };

/**
 * Lives through `count` histories drawn from the seed and tells what they met. Throws on
 * the first that breaks a rule, with the shortest script found that does, and how to see
 * it again.
 */
export async function liveThrough({ seed, count, path }: Histories, judge: Judge = faultsIn): Promise<Met> {
  const met = new Map<string, number>();
  const result = await fc.check(
    fc.asyncProperty(anyScript, async (script) => {
      const history = await play(script);
      const { faults, undecided } = judge(history);
      note(met, history, undecided);
      if (faults.length > 0) throw new Error(faults.join("\n"));
    }),
    {
      seed,
      ...(path === undefined ? { numRuns: count } : { path, numRuns: 1, endOnFailure: true }),
      // Making a script shorter has to end before the test does, or nobody hears of it.
      interruptAfterTimeLimit: 250_000 * effort,
      markInterruptAsFailure: true,
    },
  );
  tell(met);
  if (!result.failed) return met;
  if (result.counterexample === null) throw new Error(`${result.numRuns} of ${count} histories in time`);
  throw new Error(
    [
      `A rule is broken in history ${result.numRuns} of seed ${result.seed}.`,
      String(result.errorInstance),
      "The shortest script that was found:",
      written(result.counterexample[0]),
      `Again: PASSCODE_SEED=${result.seed} PASSCODE_PATH=${result.counterexamplePath} npx vitest run test/simulation/fresh-seed`,
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
  add("false records", world.store.falseRecords);
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
