import { guessRefused, type Refused, sendRefused, sendsLeft, verifyRefused } from "./refusals.ts";
import {
  type Answer,
  codeOf,
  isLive,
  type ModelCounts,
  type ModelLimits,
  type ModelSession,
  type ModelState,
  minuteMs,
  stateAt,
  withClaim,
  withoutOne,
  withSession,
} from "./state.ts";

export { type Answer, emptyState, type ModelLimits, type ModelState } from "./state.ts";

/**
 * What a caller asks for, or what happens to a destination.
 *
 * `content` stands for the whole request but its id; without one, all calls of the
 * request id have one content, and none has to claim it. Sessions go by the names the
 * service gave them.
 */
export type Operation =
  | {
      readonly kind: "send";
      /** The session to send again in; absent to open one. */
      readonly session?: string;
      /** The name a new session gets; of all calls with one request id the same. */
      readonly opens?: string;
      /** The code in the message, where anybody has seen it. A resend of the same code need not say. */
      readonly code?: string;
      /** Whether purpose and transaction are the session's. */
      readonly bound?: boolean;
      /** The device it is made from, if that is told. */
      readonly device?: string;
      readonly requestId?: string;
      readonly content?: string;
      /** A name for the call itself, where it may turn out that nothing has left. */
      readonly of?: string;
    }
  /** It becomes known that nothing has left for the send that the call made. */
  | { readonly kind: "takeOut"; readonly of: string; readonly frees?: string }
  | {
      readonly kind: "verify";
      readonly session: string;
      readonly code: string;
      /** Whether purpose and transaction are the session's. */
      readonly bound: boolean;
      readonly requestId?: string;
      readonly content?: string;
    }
  | { readonly kind: "cancel"; readonly session: string }
  | { readonly kind: "get"; readonly session: string };

export interface Step {
  readonly state: ModelState;
  readonly answer: Answer;
}

/** What the rules make of an operation that nothing else is concurrent with. */
export function apply(before: ModelState, operation: Operation, nowMs: number, limits: ModelLimits): Step {
  const state = stateAt(before, nowMs, limits);
  const step = decide(state, operation, limits);
  const changes = step.state !== state;
  const repeats = !changes && isToldBefore(state, operation);
  // What changes nothing claims nothing, and leaves no trace of its instant either.
  if (!changes && !repeats) return { state: before, answer: step.answer };
  // And what is not worth remembering claims nothing either.
  if (!isRemembered(step.answer)) return step;
  if (isClaimedByOther(state, operation)) return { state: before, answer: { kind: "requestIdReused" } };
  return {
    state: claimed(repeats ? before : step.state, operation, state.changedMs, limits),
    answer: step.answer,
  };
}

function isRemembered({ kind, compared }: Answer): boolean {
  return kind === "counted" || (kind === "decision" && compared === true);
}

export function isClaimedByOther({ claims }: ModelState, operation: Operation): boolean {
  const claim = claims.find(({ requestId }) => requestId === requestIdOf(operation));
  return claim !== undefined && claim.content !== contentOf(operation);
}

/** The request id made the operation's own, for as long as a session opened now is known. */
export function claimed(
  state: ModelState,
  operation: Operation,
  atMs: number,
  { expiryMs, retentionMs }: ModelLimits,
): ModelState {
  const requestId = requestIdOf(operation);
  const content = contentOf(operation);
  if (requestId === undefined || content === undefined || isClaimedByOther(state, operation)) return state;
  return withClaim(state, {
    requestId,
    content,
    untilMs: atMs + expiryMs + retentionMs,
  });
}

export function requestIdOf(operation: Operation): string | undefined {
  return "requestId" in operation ? operation.requestId : undefined;
}

export function contentOf(operation: Operation): string | undefined {
  return "content" in operation && operation.content !== undefined
    ? `${operation.kind} ${operation.content}`
    : undefined;
}

/** What was told for the operation's request id, and in which session. */
export function toldBefore(state: ModelState, operation: Operation) {
  const requestId = requestIdOf(operation);
  if (requestId === undefined || operation.kind === "takeOut") return undefined;
  const sessions =
    operation.kind === "send"
      ? state.sessions
      : state.sessions.filter(({ name }) => name === operation.session);
  const kind = operation.kind === "send" ? "counted" : "decision";
  return sessions
    .flatMap(({ told }) => told)
    .find(
      (one) =>
        one.requestId === requestId && one.content === contentOf(operation) && one.answer.kind === kind,
    );
}

function isToldBefore(state: ModelState, operation: Operation): boolean {
  return toldBefore(state, operation) !== undefined;
}

/** The rules, request ids being new or the operation's own. A step that changes nothing has the very state it was given. */
function decide(state: ModelState, operation: Operation, limits: ModelLimits): Step {
  const told = toldBefore(state, operation);
  if (told !== undefined) return { state, answer: told.answer };
  if (operation.kind === "send") return decideSend(state, operation, limits);
  if (operation.kind === "takeOut") return takeOut(state, operation);

  const session = state.sessions.find(({ name }) => name === operation.session);
  if (session === undefined) return { state, answer: { kind: "notFound" } };
  if (operation.kind === "verify") return decideVerify(state, session, operation, limits);

  const view = viewOf(state, session, limits);
  if (operation.kind === "get") return { state, answer: view };
  if (view.status === "approved") return { state, answer: { kind: "alreadyApproved" } };
  if (view.status === "reject") return { state, answer: view };
  const canceled: ModelSession = { ...session, end: "canceled" };
  const next = withSession(state, canceled);
  return { state: next, answer: viewOf(next, canceled, limits) };
}

/** R3, R4, R6, R7, R9, R11. */
function decideSend(state: ModelState, operation: Operation & { kind: "send" }, limits: ModelLimits): Step {
  const { session: name, opens = "", code, bound = true, device, of } = operation;
  const atMs = state.changedMs;
  const current = state.sessions.find((one) => one.name === name);
  if (name !== undefined) {
    if (current === undefined) return { state, answer: { kind: "notFound" } };
    const { status, reason = "approved" } = viewOf(state, current, limits);
    if (status !== "pending") return { state, answer: { kind: "sessionEnded", reason } };
    if (!bound) return { state, answer: { kind: "mismatch" } };
  }
  const isKnown = state.devices.some((one) => one.device === device);
  const origin = current?.origin ?? (isKnown ? "known" : "strange");
  const refused = sendRefused(state, origin, current, limits);
  if (refused !== undefined) return { state, answer: refusal(refused) };

  const opened: ModelSession = {
    name: opens,
    origin,
    ...(device !== undefined && { device }),
    sends: [],
    openedMs: atMs,
    attempts: 0,
    wrongMs: [],
    calls: [],
    told: [],
  };
  const send = { atMs, ...(of !== undefined && { of }), ...(code !== undefined && { code }) };
  const before = current ?? opened;
  const session = { ...before, sends: [...before.sends, send] };
  const counted = withSession(withCounts(state, origin, { sends: [...state[origin].sends, atMs] }), session);
  const answer: Answer = { ...viewOf(counted, session, limits), kind: "counted" };
  return { state: remembered(counted, session, operation, answer), answer };
}

/** R7: as if it had never been counted. A session that had no other send is gone. */
function takeOut(state: ModelState, { of, frees }: Operation & { kind: "takeOut" }): Step {
  const session = state.sessions.find(({ sends }) => sends.some((send) => send.of === of));
  const send = session?.sends.find((one) => one.of === of);
  // Counted it was not yet, or is not any more.
  if (session === undefined || send === undefined) return { state, answer: { kind: "notFound" } };
  const { origin } = session;
  const freed = withCounts(state, origin, { sends: withoutOne(state[origin].sends, send.atMs) });
  const left: ModelSession = {
    ...session,
    sends: session.sends.filter((one) => one !== send),
    told: session.told.filter(({ requestId, answer }) => requestId !== frees || answer.kind !== "counted"),
  };
  const sessionRemains = left.sends.length > 0;
  const others = { ...freed, sessions: freed.sessions.filter(({ name }) => name !== session.name) };
  return {
    state: sessionRemains ? withSession(freed, left) : others,
    answer: { kind: "takenOut", sessionRemains },
  };
}

/** R4, R5, R6, R8, R9, R10, R11. */
function decideVerify(
  state: ModelState,
  before: ModelSession,
  operation: Operation & { kind: "verify" },
  limits: ModelLimits,
): Step {
  const { code, bound } = operation;
  const atMs = state.changedMs;
  if (!/^\d+$/.test(code) || code.length !== limits.codeLength)
    return { state, answer: { kind: "malformed" } };

  const refused = verifyRefused(state, before, limits);
  if (refused !== undefined) return { state, answer: refusal(refused) };

  const recent = before.calls.filter((calledMs) => atMs - calledMs < minuteMs);
  const session = { ...before, calls: [...recent, atMs] };
  const called = withSession(state, session);
  const view: Answer = { ...viewOf(called, session, limits), kind: "decision" };
  if (view.status === "approved") return { state: called, answer: { kind: "alreadyApproved" } };
  if (view.status === "reject") return { state: called, answer: { ...view, compared: false } };
  // A session's first comparison was kept for it when it opened.
  const spent = session.attempts === 0 ? undefined : guessRefused(called, session.origin, session, limits);
  if (spent !== undefined) return { state: called, answer: refusal(spent) };

  const right = bound && code === codeOf(session, limits);
  const attempts = session.attempts + 1;
  const exhausts = !right && attempts >= limits.tries;
  const compared: ModelSession = {
    ...session,
    attempts,
    wrongMs: right ? session.wrongMs : [...session.wrongMs, atMs],
    ...(right && { end: "approved" as const }),
    ...(exhausts && { end: "exhausted" as const }),
  };
  const { origin } = session;
  const cooled = exhausts ? coolDown(called, origin, limits) : called;
  const counted = right
    ? approved(cooled, session)
    : withCounts(cooled, origin, { wrongCodes: [...cooled[origin].wrongCodes, atMs] });
  const next = withSession(counted, compared);
  const answer: Answer = { ...viewOf(next, compared, limits), kind: "decision", compared: true };
  return { state: remembered(next, compared, operation, answer), answer };
}

/** R9: the session's own wrong codes are forgiven, and no others. R17: its device is known from now on, of eight. */
function approved(state: ModelState, { origin, wrongMs, device }: ModelSession): ModelState {
  const wrongCodes = wrongMs.reduce(withoutOne, state[origin].wrongCodes);
  const forgiven = withCounts(state, origin, { wrongCodes });
  if (device === undefined) return forgiven;
  const others = state.devices.filter((one) => one.device !== device);
  return { ...forgiven, devices: [...others, { device, approvedMs: state.changedMs }].slice(-8) };
}

function coolDown(
  state: ModelState,
  origin: ModelSession["origin"],
  { cooldownMs }: ModelLimits,
): ModelState {
  const exhaustions = [...state[origin].exhaustions, state.changedMs];
  const spanMs = cooldownMs[exhaustions.length - 1] ?? cooldownMs.at(-1) ?? 0;
  const coolUntilMs = Math.max(state[origin].coolUntilMs, state.changedMs + spanMs);
  return withCounts(state, origin, { exhaustions, coolUntilMs });
}

function withCounts(
  state: ModelState,
  origin: ModelSession["origin"],
  counts: Partial<ModelCounts>,
): ModelState {
  return { ...state, [origin]: { ...state[origin], ...counts } };
}

function remembered(
  state: ModelState,
  session: ModelSession,
  operation: Operation,
  answer: Answer,
): ModelState {
  const requestId = requestIdOf(operation);
  if (requestId === undefined) return state;
  const content = contentOf(operation);
  return withSession(state, {
    ...session,
    told: [
      ...session.told,
      { requestId, ...(content !== undefined && { content }), atMs: state.changedMs, answer },
    ],
  });
}

function viewOf(state: ModelState, session: ModelSession, limits: ModelLimits): Answer {
  const live = isLive(session, state.changedMs, limits);
  const { origin } = session;
  const refused = sendRefused(state, origin, live ? session : undefined, limits);
  const status = live ? "pending" : session.end === "approved" ? "approved" : "reject";
  const reason = session.end ?? "expired";
  return {
    kind: "session",
    session: session.name,
    status,
    ...(status === "reject" && { reason }),
    attempts: session.attempts,
    attemptsRemaining: live ? limits.tries - session.attempts : 0,
    sendsRemaining: refused === undefined ? sendsLeft(state, origin, limits) : 0,
    expiresMs: session.openedMs + limits.expiryMs,
    nextSendMs: refused?.retryAtMs ?? 0,
  };
}

function refusal({ rule, retryAtMs }: Refused): Answer {
  return { kind: "refused", rule, retryAtMs };
}
