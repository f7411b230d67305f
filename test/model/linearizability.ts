import { checkHistory, type Entry, type Verdict } from "./checker.ts";
import {
  type Answer,
  contentOf,
  emptyState,
  type ModelLimits,
  type ModelState,
  type Operation,
  requestIdOf,
} from "./model.ts";
import { agrees, possibilities } from "./possibilities.ts";

/** A call at one destination. Its answer may leave out what is not to be compared. */
export type Call = Entry<Operation, Partial<Answer>>;

/** How the checker is to look at a history. */
export interface Times {
  /** The instants of the store at which the call may have taken effect. */
  instants(call: Call): readonly number[];
  /** After how many places it gives up; as many as the checker thinks right, unless told. */
  readonly looksMax?: number;
}

/** One instant for everything, in which no answer's instants are compared: for histories much shorter than every window. */
export const timeless: Times = { instants: () => [0] };

/** Whether some order of the calls at one destination explains what was told (R3 to R12). */
export function checkCalls(calls: readonly Call[], limits: ModelLimits, times: Times = timeless): Verdict {
  const telling = withoutIdleRequestIds(calls);
  const history = times === timeless ? telling.map(withoutInstants) : telling;
  const freed = new Set<string | undefined>(
    history.flatMap(({ operation: one }) =>
      one.kind === "takeOut" && one.frees !== undefined ? [one.frees] : [],
    ),
  );
  const specification = {
    initial: emptyState,
    instants: (call: Call) => times.instants(call),
    steps: (state: ModelState, { operation, answer }: Call, atMs: number) =>
      possibilities(state, operation, atMs, limits, answer !== undefined),
    agrees,
    // Once a send is taken out, its request id is free: a repetition may have sent anew.
    isAmbiguous: ({ operation }: Call) => freed.has(requestIdOf(operation)),
  };
  return checkHistory(history, specification, times.looksMax);
}

/**
 * Leaves out what makes no difference and would multiply the places to look at: a request
 * id that one call alone came with, and the content where all that came with it have one.
 */
function withoutIdleRequestIds(calls: readonly Call[]): readonly Call[] {
  const perId = Map.groupBy(calls, ({ operation }) => requestIdOf(operation));
  return calls.map((call) => {
    const { operation } = call;
    const alike = perId.get(requestIdOf(operation)) ?? [];
    if (!("requestId" in operation) || operation.requestId === undefined) return call;
    if (new Set(alike.map((one) => contentOf(one.operation))).size > 1) return call;
    const { requestId, content: _content, ...rest } = operation;
    return { ...call, operation: alike.length === 1 ? rest : { ...rest, requestId } };
  });
}

function withoutInstants(call: Call): Call {
  if (call.answer === undefined) return call;
  const { expiresMs: _expires, nextSendMs: _next, retryAtMs: _retry, ...answer } = call.answer;
  return { ...call, answer };
}
