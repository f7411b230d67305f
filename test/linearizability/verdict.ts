import { UndecidedError } from "../model/checker.ts";
import type { Call as ModelCall } from "../model/linearizability.ts";
import { checkCalls } from "../model/linearizability.ts";
import type { Operation } from "../model/model.ts";
import type { Call } from "./call.ts";
import type { Crowd, Seen } from "./crowd.ts";
import type { Instances } from "./instances.ts";
import { limits } from "./limits.ts";
import { broken } from "./promises.ts";

/** The promises broken to those whom the crowd's calls were about, one text for each; judged without any model. */
export function brokenPromises({ seen, seed }: Crowd, { messages }: Instances): string[] {
  return [...seen].flatMap(([phoneNumber, calls]) => {
    const sent = messages.filter(({ to }) => to === phoneNumber);
    return broken(calls, sent).map((promise) => `${phoneNumber}, PASSCODE_SEED=${seed}: ${promise}`);
  });
}

/** Why the calls about some destination have no order that the rules explain; undefined if all have. */
export function inexplicable({ seen, seed }: Crowd, instances: Instances): string | undefined {
  const codeFor = (transaction: string) => instances.codeFor(transaction);
  for (const [phoneNumber, calls] of seen) {
    const why = whyNone(historyOf(calls, codeFor));
    // The first is enough: it may take long to be sure that there is no order.
    if (why !== undefined) return `${phoneNumber}, PASSCODE_SEED=${seed}: ${why}`;
  }
  return undefined;
}

function whyNone(history: readonly ModelCall[]): string | undefined {
  try {
    const verdict = checkCalls(history, limits);
    return verdict.isLinearizable ? undefined : verdict.why;
  } catch (error) {
    if (!(error instanceof UndecidedError)) throw error;
    return [error.message, ...history.map((call) => JSON.stringify(call))].join("\n");
  }
}

/** The calls in the model's words. */
function historyOf(seen: readonly Seen[], codeFor: (transaction: string) => string | undefined): ModelCall[] {
  const nameOf = namesOf(seen);
  return seen.flatMap(({ call, invokedMs, returnedMs, answer }, index) => {
    const asked = operationOf(call, nameOf, codeFor);
    // Its message was perhaps not handed over, for its caller had gone.
    const isLost = answer === undefined && asked.kind === "send";
    const of = String(index);
    const entry: ModelCall = {
      operation: isLost ? { ...asked, of } : asked,
      invoked: invokedMs,
      returned: answer === undefined ? undefined : returnedMs,
      answer,
    };
    // It may have claimed its request id long before it took effect, and another's call have found it claimed between the two.
    const isTwo = answer === undefined && isContested(call, seen);
    const entries = isTwo ? [entry, entry] : [entry];
    if (!isLost) return entries;
    const { requestId: frees } = asked;
    const takingOut: Operation = { kind: "takeOut", of, ...(frees !== undefined && { frees }) };
    return [...entries, { ...entry, operation: takingOut }];
  });
}

/** Whether another call came with the request id. */
function isContested(call: Call, seen: readonly Seen[]): boolean {
  if (!("requestId" in call)) return false;
  return seen.some(
    ({ call: other }) => other !== call && "requestId" in other && other.requestId === call.requestId,
  );
}

function operationOf(
  call: Call,
  nameOf: (call: Call) => string,
  codeFor: (transaction: string) => string | undefined,
): Operation {
  if (call.rpc === "get" || call.rpc === "cancel") return { kind: call.rpc, session: call.session.sessionId };
  const { requestId, ...content } = call;
  const shared = {
    bound: call.session === undefined || call.session.transaction === call.transaction,
    ...(requestId !== undefined && { requestId, content: JSON.stringify(content) }),
  };
  if (call.rpc === "verify") {
    return { ...shared, kind: "verify", session: call.session.sessionId, code: call.code };
  }
  const code = codeFor(call.transaction);
  return {
    ...shared,
    kind: "send",
    ...(call.session === undefined ? { opens: nameOf(call) } : { session: call.session.sessionId }),
    ...(code !== undefined && { code }),
  };
}

/** The id of the session a send opened; a name nobody can use where nobody was told. Transactions are as good as names. */
function namesOf(seen: readonly Seen[]): (call: Call) => string {
  const told = new Map<string, string>();
  for (const { call, answer } of seen) {
    if (call.rpc === "send" && call.session === undefined && answer?.session !== undefined) {
      told.set(call.transaction, answer.session);
    }
  }
  return (call) =>
    call.rpc === "send" ? (told.get(call.transaction) ?? `for ${call.transaction}`) : call.session.sessionId;
}
