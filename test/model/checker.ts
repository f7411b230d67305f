import { hash } from "node:crypto";

/** One call: what was asked, when, and what was told. Orders are of one ascending count or clock for the whole history. */
export interface Entry<O, A> {
  readonly operation: O;
  /** When it was asked. */
  readonly invoked: number;
  /** When the answer was there. Undefined: nobody knows whether it ever took effect, or whether it still will. */
  readonly returned: number | undefined;
  /** Undefined when and only when `returned` is. */
  readonly answer: A | undefined;
}

/** A sequential specification that may allow several steps. Immutable states that are equal are written alike in JSON. */
export interface Specification<S, O, A> {
  readonly initial: S;
  /** The instants at which the call may have taken effect. */
  instants(entry: Entry<O, A>): readonly number[];
  steps(state: S, entry: Entry<O, A>, atMs: number): readonly { readonly state: S; readonly answer: A }[];
  agrees(model: A, told: A): boolean;
  /** Whether the call, that can be answered now without a change, may have been answered later with one. Not, unless told. */
  isAmbiguous?(entry: Entry<O, A>): boolean;
}

export type Verdict =
  | { readonly isLinearizable: true; readonly looked: number }
  | { readonly isLinearizable: false; readonly looked: number; readonly why: string };

interface Taken<A> {
  readonly index: number;
  readonly atMs: number;
  readonly answer: A;
}

/** More places than any history of ours needs; a search that long says so rather than go on for hours. */
const looksMaxUsual = 200_000;

/** The search was given up: nothing is known of the history. */
export class UndecidedError extends Error {
  override readonly name = "UndecidedError";
}

/**
 * Looks for an order of the calls, each at one point between its asking and its answer,
 * in which the specification answers as was told (Wing and Gong's search, with Lowe's
 * memory of the places it has been to). Calls without an answer may be left out.
 */
export function checkHistory<S, O, A>(
  history: readonly Entry<O, A>[],
  specification: Specification<S, O, A>,
  looksMax = looksMaxUsual,
): Verdict {
  // Trying those first that were answered first finds most orders at once.
  const entries = [...history].sort((a, b) => (a.returned ?? Infinity) - (b.returned ?? Infinity));
  const alike = entries.map((entry) =>
    JSON.stringify([entry.operation, entry.answer, specification.instants(entry)]),
  );
  const isTaken = new Uint8Array(entries.length);
  const been = new Set<string>();
  const taken: Taken<A>[] = [];
  let missing = entries.filter(({ returned }) => returned !== undefined).length;
  let longest: { taken: readonly Taken<A>[]; state: S } = { taken: [], state: specification.initial };

  const search = (state: S): boolean => {
    if (missing === 0) return true;
    const place = hash("sha256", `${isTaken.join("")}${JSON.stringify(state)}`, "base64");
    if (been.has(place)) return false;
    been.add(place);
    if (been.size > looksMax) throw new UndecidedError(`undecided after ${looksMax} places`);
    if (taken.length > longest.taken.length) longest = { taken: [...taken], state };
    const next = firstOfEach(possibleNext(entries, isTaken), alike).map((index) => ({
      index,
      steps: fittingSteps(specification, state, entries[index] as Entry<O, A>), // One of its own indices.
    }));
    // An answer that fits and changes nothing is as well taken now as at any later place.
    const free = next.find(
      ({ index, steps }) =>
        steps.some(({ step }) => step.state === state) &&
        !specification.isAmbiguous?.(entries[index] as Entry<O, A>), // Likewise.
    );
    return (free === undefined ? next : [free]).some((one) =>
      one.steps.some((step) => take(one.index, step)),
    );
  };
  const take = (index: number, { atMs, step }: FittingStep<S, A>): boolean => {
    const isAwaited = entries[index]?.returned !== undefined;
    isTaken[index] = 1;
    if (isAwaited) missing -= 1;
    taken.push({ index, atMs, answer: step.answer });
    if (search(step.state)) return true;
    taken.pop();
    if (isAwaited) missing += 1;
    isTaken[index] = 0;
    return false;
  };
  if (search(specification.initial)) return { isLinearizable: true, looked: been.size };
  return { isLinearizable: false, looked: been.size, why: explain(entries, specification, longest) };
}

/** The calls before which no other one has to come: those asked before the first answer still missing. */
function possibleNext<O, A>(entries: readonly Entry<O, A>[], isTaken: Uint8Array): number[] {
  const next: number[] = [];
  let firstReturned = Number.POSITIVE_INFINITY;
  for (const [index, { returned }] of entries.entries()) {
    // They are in the order of their answers.
    if (isTaken[index] === 1 || returned === undefined) continue;
    firstReturned = returned;
    break;
  }
  for (const [index, { invoked }] of entries.entries()) {
    if (isTaken[index] !== 1 && invoked <= firstReturned) next.push(index);
  }
  return next;
}

/** Of calls that do not differ, the one that was answered first goes first: any order could have the two swapped. */
function firstOfEach(indices: readonly number[], alike: readonly string[]): number[] {
  const seen = new Set<string>();
  return indices.filter((index) => {
    const kind = alike[index] ?? "";
    return !seen.has(kind) && seen.add(kind);
  });
}

interface FittingStep<S, A> {
  readonly atMs: number;
  readonly step: { readonly state: S; readonly answer: A };
}

function fittingSteps<S, O, A>(
  specification: Specification<S, O, A>,
  state: S,
  entry: Entry<O, A>,
): FittingStep<S, A>[] {
  const { answer } = entry;
  // A call without an answer that changes nothing is left out.
  const fits = (step: { state: S; answer: A }) =>
    answer === undefined ? step.state !== state : specification.agrees(step.answer, answer);
  return specification.instants(entry).flatMap((atMs) =>
    specification
      .steps(state, entry, atMs)
      .filter(fits)
      .map((step) => ({ atMs, step })),
  );
}

/** The longest order found, and what could have come next but was told something else. */
function explain<S, O, A>(
  entries: readonly Entry<O, A>[],
  specification: Specification<S, O, A>,
  { taken, state }: { taken: readonly Taken<A>[]; state: S },
): string {
  const lines = ["No order of the calls explains the answers. The longest that explains some:"];
  const isTaken = new Uint8Array(entries.length);
  for (const { index, atMs, answer } of taken) {
    isTaken[index] = 1;
    const { operation, invoked, returned } = entries[index] as Entry<O, A>; // One of its own indices.
    lines.push(`  [${invoked}..${returned ?? "?"}] at ${atMs} ${brief(operation)} -> ${brief(answer)}`);
  }
  lines.push("What could come next, and does not fit:");
  for (const index of possibleNext(entries, isTaken)) {
    const entry = entries[index] as Entry<O, A>; // One of its own indices.
    const { operation, invoked, returned, answer } = entry;
    lines.push(`  [${invoked}..${returned ?? "?"}] ${brief(operation)}`);
    lines.push(`      was told ${answer === undefined ? "nothing" : brief(answer)}`);
    for (const atMs of specification.instants(entry)) {
      for (const step of specification.steps(state, entry, atMs)) {
        lines.push(`      at ${atMs} the rules say ${brief(step.answer)}`);
      }
    }
  }
  return lines.join("\n");
}

function brief(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', "");
}
