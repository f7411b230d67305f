import {
  apply,
  claimed,
  isClaimedByOther,
  type Operation,
  requestIdOf,
  type Step,
  toldBefore,
} from "./model.ts";
import { type Answer, type ModelLimits, type ModelState, stateAt } from "./state.ts";

/** How long the first call with a request id may leave the others without an answer, in milliseconds. */
const settledWithinMs = 90_000;

/**
 * All that the rules allow where calls overlap, and where a call's end is not known.
 *
 * A request id is claimed before the rules decide, in a step of its own: a call may end
 * with its id claimed and nothing else done, and one that would have been refused by
 * the time may find its id another's.
 */
export function possibilities(
  state: ModelState,
  operation: Operation,
  nowMs: number,
  limits: ModelLimits,
  isAnswered: boolean,
): Step[] {
  const usual = apply(state, operation, nowMs, limits);
  if (operation.kind === "takeOut") {
    // The claim of its request id is released in a step of its own, and stays if another call has claimed it too.
    const { frees } = operation;
    const claims = usual.state.claims.filter(({ requestId }) => requestId !== frees);
    if (claims.length === usual.state.claims.length || usual.answer.kind !== "takenOut") return [usual];
    return [usual, { ...usual, state: { ...usual.state, claims } }];
  }
  if (requestIdOf(operation) === undefined) return [usual];

  const now = stateAt(state, nowMs, limits);
  if (isClaimedByOther(now, operation)) {
    const reused: Step = { state, answer: { kind: "requestIdReused" } };
    return usual.answer.kind === "requestIdReused" ? [usual] : [usual, reused];
  }
  const claimedOnly = claimed(state, operation, now.changedMs, limits);
  const told = operation.kind === "send" ? toldBefore(now, operation) : undefined;
  const isOpen = told !== undefined && now.changedMs - told.atMs <= settledWithinMs;
  return [
    usual,
    ...(usual.state === state ? [{ state: claimedOnly, answer: usual.answer }] : []),
    ...(!isAnswered && usual.state !== state ? [{ state: claimedOnly, answer: usual.answer }] : []),
    ...(isOpen ? [{ state: claimedOnly, answer: { kind: "inProgress" as const } }] : []),
  ];
}

/** Whether what was told is what the model says, in all that was kept of it. */
export function agrees(model: Partial<Answer>, told: Partial<Answer>): boolean {
  const said = new Map<string, unknown>(Object.entries(model));
  return Object.entries(told).every(([field, value]) => said.get(field) === value);
}
