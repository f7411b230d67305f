import type { OutboxMessage } from "../support/service.ts";
import type { Call } from "./call.ts";
import type { Seen } from "./crowd.ts";
import { tells } from "./instances.ts";
import { limits } from "./limits.ts";

/** Promises to one destination that were broken, judged by nothing but what its callers and its user saw. */
export function broken(seen: readonly Seen[], messages: readonly OutboxMessage[]): string[] {
  return [...perSession(seen), ...wrongCodes(seen), ...spans(messages), ...perTransaction(seen, messages)];
}

/** One approval, no more comparisons than tries, each with a number of its own, and a count that never falls. */
function* perSession(seen: readonly Seen[]): Iterable<string> {
  for (const [session, calls] of Map.groupBy(seen, ({ call }) => sessionOf(call))) {
    if (session === undefined) continue;
    const compared = distinct(calls.filter(isCompared));
    const approved = compared.filter(({ answer }) => answer?.status === "approved");
    if (approved.length > 1) yield `${session} was approved ${approved.length} times`;
    const numbers = compared.map(({ answer }) => answer?.attempts ?? 0);
    if (new Set(numbers).size < numbers.length) yield `${session} gave two codes one number: ${numbers}`;
    if (Math.max(0, ...numbers) > limits.tries) yield `${session} compared ${Math.max(...numbers)} codes`;
    const looks = calls.filter(({ call }) => call.rpc === "get");
    for (const early of looks) {
      const fallen = looks.find(
        (late) =>
          late.invokedMs > early.returnedMs &&
          (late.answer?.attempts ?? Infinity) < (early.answer?.attempts ?? 0),
      );
      if (fallen !== undefined)
        yield `${session} fell from ${early.answer?.attempts} attempts to ${fallen.answer?.attempts}`;
    }
  }
}

/** R9. An approval forgives the wrong codes of its session. */
function* wrongCodes(seen: readonly Seen[]): Iterable<string> {
  const approved = new Set(seen.filter(tellsOfApproval).map(({ call }) => sessionOf(call)));
  const wrong = distinct(seen.filter(isCompared)).filter(
    ({ call, answer }) => answer?.status === "pending" && !approved.has(sessionOf(call)),
  );
  if (wrong.length > limits.guessesPerDay) yield `${wrong.length} wrong codes were compared`;
}

/** R7, by the messages' own times. */
function* spans(messages: readonly OutboxMessage[]): Iterable<string> {
  const sentMs = messages.map(({ time }) => Date.parse(time)).sort((a, b) => a - b);
  for (const [index, startMs] of sentMs.entries()) {
    const inSpan = sentMs.slice(index).filter((atMs) => atMs - startMs < 60_000).length;
    if (inSpan > limits.sendsPerMinute) yield `${inSpan} messages in a minute`;
  }
}

/** A send that was answered went out once, one that was not at most once, and a repetition never. */
function* perTransaction(seen: readonly Seen[], messages: readonly OutboxMessage[]): Iterable<string> {
  const sends = seen.filter(({ call }) => call.rpc === "send");
  for (const [transaction, calls] of Map.groupBy(
    sends,
    ({ call }) => "transaction" in call && call.transaction,
  )) {
    if (transaction === false) continue;
    const sent = messages.filter((message) => tells(message, transaction)).length;
    const most = distinct(calls).length;
    const least = distinct(calls.filter(({ answer }) => answer?.status === "pending")).length;
    if (sent > most || sent < least) yield `${transaction}: ${sent} messages for ${least} to ${most} sends`;
  }
}

function sessionOf(call: Call): string | undefined {
  return call.rpc === "send" ? undefined : call.session.sessionId;
}

function tellsOfApproval({ answer }: Seen): boolean {
  return answer?.status === "approved" || answer?.kind === "alreadyApproved" || answer?.reason === "approved";
}

/** A verdict on a code. A session's end by exhaustion is told to later callers too, and is no verdict by itself. */
function isCompared({ answer }: Seen): boolean {
  return answer?.kind === "decision" && (answer.status === "pending" || answer.status === "approved");
}

/** The calls without repetitions of the same request. */
function distinct(seen: readonly Seen[]): Seen[] {
  return [
    ...new Map(seen.map((one) => [("requestId" in one.call && one.call.requestId) || one, one])).values(),
  ];
}
