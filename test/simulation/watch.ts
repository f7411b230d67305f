import { UndecidedError } from "../model/checker.ts";
import { type Call, checkCalls } from "../model/linearizability.ts";
import type { Operation } from "../model/model.ts";
import { inModelWords } from "./answers.ts";
import type { Carriers, Delivered } from "./carriers.ts";
import type { Asked, History, Question } from "./play.ts";
import { limitsOf } from "./policies.ts";
import { sendsInHandMax } from "./script.ts";

/**
 * What is wrong with a history, as a bystander sees it who knows what was asked and
 * told, what the carriers delivered and when the store was looked at, and no count of
 * the service's own.
 */
export function faultsIn(history: History): { faults: string[]; undecided: number } {
  let undecided = 0;
  const { asked, world, unforeseen } = history;
  const { delivered } = world.carriers;
  const faults = unforeseen.map((error) => `a call ended unforeseen: ${String(error)}`);
  faults.push(...misdelivered(asked, delivered), ...uncounted(history), ...sentTwice(asked, delivered));
  faults.push(...unfair(asked, delivered));
  // R15: what is damaged, or another's, is refused.
  faults.push(...world.store.believed.map((key) => `a false record is believed to be that of ${key}`));
  faults.push(...brokenApprovals(history), ...seenByOthers(asked), ...leaks(history));
  // A busy answer counts for nobody: the rules have to explain the others without it.
  const heard = asked.filter(({ told }) => told?.kind !== "busy");
  for (const [key, calls] of Map.groupBy(heard, ({ key }) => key)) {
    const limits = limitsOf(profileOf(calls[0] as Asked)); // A group has a first.
    const own = calls.filter((call) => profileOf(call) === profileOf(calls[0] as Asked));
    const ofNobody = own.filter(
      ({ question }) => question.kind === "send" && question.request.deviceId === "",
    );
    faults.push(...bursts(history, ofNobody, 1), ...bursts(history, own, 2));
    const timed = inOrder(own, world.carriers).filter((call) => mayCount(history, call));
    const times = { instants: (call: Call) => instantsOf(history, call as TimedCall), looksMax };
    try {
      const verdict = checkCalls(timed, limits, times);
      if (!verdict.isLinearizable)
        faults.push(`the rules explain no order of the calls at ${key}: ${verdict.why}`);
    } catch (error) {
      if (!(error instanceof UndecidedError)) throw error;
      undecided += 1;
    }
  }
  return { faults, undecided };
}

/** More places than all but a few histories in a thousand need. */
const looksMax = 1_500;

function profileOf({ question }: Asked): "alpha" | "beta" {
  return question.request.profile === "beta" ? "beta" : "alpha";
}

function sessionIdOf({ question: { request } }: Asked): string {
  return "sessionId" in request ? request.sessionId : "";
}

function requestIdOf({ question: { request } }: Asked): string {
  return "requestId" in request ? request.requestId : "";
}

/** Every message is some call's and goes where that said; a call told that it was sent has one. */
function misdelivered(asked: readonly Asked[], delivered: readonly Delivered[]): string[] {
  const astray = delivered.filter(({ call, to }) => {
    const question = asked[call]?.question;
    return question?.kind !== "send" || question.request.destination.address !== to;
  });
  const unsent = asked.filter(
    (call) =>
      // A repeated one may be told of a message that its first was to send, and was killed before.
      call.told?.kind === "sent" &&
      alike(call, asked).length === 1 &&
      !delivered.some(({ call: id }) => id === call.id),
  );
  const strayed = delivered.filter(({ call }) => {
    const question = asked[call]?.question;
    return question?.kind === "send" && question.isAstray;
  });
  return [
    ...strayed.map(
      ({ call, to }) => `the code of a session goes to ${to}, who has not opened it, by call ${call}`,
    ),
    ...astray.map(({ call, to }) => `a message of call ${call} goes to ${to}`),
    ...unsent.map(({ id }) => `call ${id} is told that a message was sent`),
  ];
}

/** R26: a caller is told that the service is busy while as many sends as may be are in hand for it, and then alone. */
function unfair(asked: readonly Asked[], delivered: readonly Delivered[]): string[] {
  const misjudged = asked.filter(
    ({ question, told, sendsInHand }) =>
      question.kind === "send" && (told?.kind === "busy") !== sendsInHand >= sendsInHandMax[question.caller],
  );
  const sent = delivered.filter(({ call }) => asked[call]?.told?.kind === "busy");
  return [
    ...misjudged.map(
      ({ id, told, sendsInHand }) => `with ${sendsInHand} sends in hand call ${id} is told ${told?.kind}`,
    ),
    ...sent.map(({ call }) => `call ${call} is told that the service is busy, and has a message`),
  ];
}

/** R13: before a message leaves, and before a comparison is told, the destination's record was replaced for it. */
function uncounted(history: History): string[] {
  const { asked } = history;
  const messages = history.world.carriers.delivered.filter(
    ({ call, order }) => countedMs(history, asked[call] as Asked, order).length === 0,
  );
  const comparisons = asked.filter(
    (call) => call.told?.kind === "compared" && countedMs(history, call, call.returned).length === 0,
  );
  return [
    ...messages.map(({ call }) => `the message of call ${call} left uncounted`),
    ...comparisons.map(({ id }) => `the comparison of call ${id} was told uncounted`),
  ];
}

/** The instants at which the call, or one with its request id, may have been counted before that place. */
function countedMs(
  { asked, world: { store } }: History,
  call: Asked,
  before = Number.POSITIVE_INFINITY,
): number[] {
  return alike(call, asked).flatMap(({ key, generation, invoked }) =>
    store.replacements
      .filter(
        (one) => one.key === key && one.instance === generation && one.order > invoked && one.order < before,
      )
      .map(({ atMs }) => atMs),
  );
}

/** The call, and those that came with its request id. */
function alike(call: Asked, asked: readonly Asked[]): readonly Asked[] {
  const requestId = requestIdOf(call);
  return requestId === "" ? [call] : asked.filter((one) => requestIdOf(one) === requestId);
}

/** R4, R5, R10, R11: what needs no model. */
function brokenApprovals(history: History): string[] {
  const { asked } = history;
  const { delivered } = history.world.carriers;
  const faults: string[] = [];
  const verifies = asked.filter(({ question }) => question.kind === "verify");
  for (const [sessionId, calls] of Map.groupBy(verifies, sessionIdOf)) {
    const approved = calls.filter(({ told }) => told?.kind === "compared" && told.view.status === "approved");
    const distinct = new Set(approved.map((call) => requestIdOf(call) || call.id));
    if (distinct.size > 1) faults.push(`${sessionId} is approved ${distinct.size} times`);
    const compared = calls.filter(({ told }) => told?.kind === "compared");
    const { tries } = limitsOf(compared[0] === undefined ? "alpha" : profileOf(compared[0]));
    const comparisons = new Set(compared.map((call) => requestIdOf(call) || call.id)).size;
    if (comparisons > tries) faults.push(`${sessionId} has ${comparisons} comparisons`);
    const expiresMs =
      latestOpeningMs(history, sessionId) + limitsOf(profileOf(approved[0] ?? (calls[0] as Asked))).expiryMs;
    for (const call of approved) {
      const { question } = call;
      if (question.kind !== "verify") continue;
      const { code, purpose } = question.request;
      const sends = asked.filter((one) => belongsTo(one, sessionId, asked)).map(({ id }) => id);
      const codes = delivered.filter(({ call }) => sends.includes(call)).map((message) => message.code);
      if (!codes.includes(code)) faults.push(`${sessionId} is approved by a code it never sent`);
      if (purpose !== "login") faults.push(`${sessionId} is approved for another purpose`);
      if (countedMs(history, call, call.returned).every((atMs) => atMs >= expiresMs)) {
        faults.push(`${sessionId} is approved after its end`);
      }
    }
  }
  return faults;
}

/** The latest instant at which the calls that opened the session can have done so. */
function latestOpeningMs(history: History, sessionId: string): number {
  const { asked } = history;
  const instants = asked
    .filter((call) => sessionIdOf(call) === "" && belongsTo(call, sessionId, asked))
    .flatMap((call) => countedMs(history, call, call.returned));
  return Math.max(...instants);
}

/** A session is its profile's: another one's callers are told that there is none. */
function seenByOthers(asked: readonly Asked[]): string[] {
  return [...Map.groupBy(asked, ({ key }) => key).values()].flatMap(([opening, ...calls]) =>
    calls
      .filter((call) => opening !== undefined && profileOf(call) !== profileOf(opening))
      .filter(({ told }) => told !== undefined && told.kind !== "sessionNotFound")
      .map(({ question, told }) => `${question.request.profile} is told ${told?.kind} of another's session`),
  );
}

/** Whether the call is a send of the session, or repeats the one that opened it. */
function belongsTo(call: Asked, sessionId: string, asked: readonly Asked[]): boolean {
  if (call.question.kind !== "send") return false;
  if (sessionIdOf(call) === sessionId) return true;
  const opened = (one: Asked) =>
    (one.told?.kind === "sent" || one.told?.kind === "deliveryFailed") && one.told.sessionId === sessionId;
  if (opened(call)) return true;
  const requestId = requestIdOf(call);
  return requestId !== "" && asked.some((one) => requestIdOf(one) === requestId && opened(one));
}

/** R12: all calls with one request id have one message at most; so has a call without one. */
function sentTwice(asked: readonly Asked[], delivered: readonly Delivered[]): string[] {
  const perRequest = Map.groupBy(delivered, ({ call }) => requestIdOf(asked[call] as Asked) || call);
  return [...perRequest]
    .filter(([, messages]) => messages.length > 1)
    .map(([request, messages]) => `${request} has ${messages.length} messages`);
}

/**
 * R7, on the messages themselves, each of which was counted at one of a few instants: those are too many that are for
 * certain. Known devices and strangers have windows of their own (R17).
 */
function bursts(history: History, calls: readonly Asked[], windowCount: number): string[] {
  const ids = new Map(calls.map((call) => [call.id, call]));
  const messages = history.world.carriers.delivered
    .filter(({ call }) => ids.has(call))
    .map(({ call, order }) => countedMs(history, ids.get(call) as Asked, order)) // It is filtered for.
    .map((instants) => ({ earliestMs: Math.min(...instants), latestMs: Math.max(...instants) }))
    .sort((a, b) => a.latestMs - b.latestMs);
  const first = calls[0];
  if (first === undefined) return [];
  const { sendsPerMinute, sendsPerHour, sendsPerDay } = limitsOf(profileOf(first));
  const windows: [number, number][] = [
    [sendsPerMinute * windowCount, 60_000],
    [sendsPerHour * windowCount, 3_600_000],
    [sendsPerDay * windowCount, 86_400_000],
  ];
  return windows.flatMap(([limit, spanMs]) =>
    messages
      .slice(limit)
      .map(
        (message, index) =>
          message.latestMs - Math.min(...messages.slice(index, index + limit).map((one) => one.earliestMs)),
      )
      .filter((widestMs) => widestMs < spanMs)
      .map(() => `more than ${limit} messages in ${spanMs} ms`),
  );
}

/** R15: the log has no code and no destination. */
function leaks({ world: { logLines, carriers } }: History): string[] {
  const words = new Set(logLines.flatMap((line) => line.split(/[^\w+@.-]+/)));
  const secrets = new Set(carriers.delivered.flatMap(({ to, code }) => [to, code]));
  return [...secrets].filter((secret) => words.has(secret)).map((secret) => `the log holds ${secret}`);
}

interface TimedCall extends Call {
  readonly asked: Asked;
}

/** The calls in the model's words. A message that was delivered shows that its send had been counted before. */
function inOrder(calls: readonly Asked[], { delivered, counting }: Carriers): TimedCall[] {
  const perRequest = Map.groupBy(
    calls.filter((call) => requestIdOf(call) !== ""),
    requestIdOf,
  );
  const alike = (call: Asked) => perRequest.get(requestIdOf(call)) ?? [call];
  const messageOf = (call: Asked) => delivered.find((message) => message.call === call.id);
  return calls.flatMap((asked) => {
    const { question, told, returned, invoked } = asked;
    const group = alike(asked);
    const opened = group
      .flatMap(({ told }) =>
        told?.kind === "sent" || told?.kind === "deliveryFailed" ? [told.sessionId] : [],
      )
      .find((one) => one !== undefined);
    const sessionId = opened ?? `${group[0]?.id} (not told)`;
    const message = messageOf(asked);
    const codes = group.map((one) => messageOf(one)?.code).filter((code) => code !== undefined);
    const answer =
      told !== undefined
        ? inModelWords(told, sessionIdOf(asked), group.length > 1)
        : message && { kind: "counted" as const };
    const call: TimedCall = {
      asked,
      operation: operationOf(question, sessionId, codes[0]),
      invoked,
      returned: message === undefined ? returned : Math.min(returned ?? message.order, message.order),
      answer,
    };
    return mayBeTakenOut(asked, counting) ? [named(call), takingOut(call)] : [call];
  });
}

/** Whether it may have turned out that nothing has left for the call, as far as its caller and the carriers know. */
function mayBeTakenOut({ question, told, id }: Asked, counting: ReadonlySet<number>): boolean {
  if (question.kind !== "send" || counting.has(id)) return false;
  return told === undefined || told.kind === "deliveryFailed";
}

function named(call: TimedCall): TimedCall {
  return { ...call, operation: { ...call.operation, of: String(call.asked.id) } as Operation }; // It is a send.
}

/** That the call's send did not count any more: for certain if its caller was told so. */
function takingOut(call: TimedCall): TimedCall {
  const { told, question } = call.asked;
  const frees = requestIdOf(call.asked);
  const operation: Operation = {
    kind: "takeOut",
    of: String(call.asked.id),
    ...(question.kind === "send" && frees !== "" && { frees }),
  };
  if (told?.kind !== "deliveryFailed" || told.counts) {
    return { ...call, operation, returned: undefined, answer: undefined };
  }
  return { ...call, operation, answer: { kind: "takenOut", sessionRemains: told.sessionId !== undefined } };
}

function operationOf(question: Question, opens: string, code: string | undefined): Operation {
  if (question.kind !== "send" && question.kind !== "verify") {
    return { kind: question.kind, session: question.request.sessionId };
  }
  const { sessionId, purpose, requestId } = question.request;
  const identity = requestId === "" ? {} : { requestId };
  const bound = purpose === "login" && !(question.kind === "send" && question.isAstray);
  if (question.kind === "verify") {
    return { kind: "verify", session: sessionId, code: question.request.code, bound, ...identity };
  }
  const { deviceId } = question.request;
  return {
    kind: "send",
    ...(sessionId === "" ? { opens } : { session: sessionId }),
    ...(deviceId !== "" && { device: deviceId }),
    ...(code !== undefined && { code }),
    bound,
    ...identity,
  };
}

/** Whether the call has left a trace: what was told nothing, and replaced nothing, did not happen. */
function mayCount(history: History, call: TimedCall): boolean {
  return call.answer !== undefined || instantsOf(history, call).length > 0;
}

/** When the store was looked at for the call, or its record was replaced if nobody was told what for. */
function instantsOf(
  { world: { store } }: History,
  { asked, invoked, returned, answer }: TimedCall,
): number[] {
  const sights = (answer === undefined ? store.replacements : store.looks).filter(
    ({ key, instance, order }) =>
      key === asked.key &&
      instance === asked.generation &&
      order >= invoked &&
      order <= (returned ?? Number.POSITIVE_INFINITY),
  );
  const instants = new Set(sights.map(({ atMs }) => atMs));
  return instants.size === 0 && answer !== undefined ? [asked.invokedMs] : [...instants];
}
