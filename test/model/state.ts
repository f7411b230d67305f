/**
 * The rules R3 to R12 for one destination of one profile, told a second time: nothing
 * here comes from the product, so that what the product answers can be held against it.
 *
 * Instants and spans are milliseconds; instants are the store's.
 */

/** The limits of a profile, R3 to R9. */
export interface ModelLimits {
  /** Digits of a code. */
  readonly codeLength: number;
  readonly tries: number;
  readonly expiryMs: number;
  /** The n-th exhausted session of 24 hours takes the n-th; the last repeats. */
  readonly cooldownMs: readonly number[];
  readonly sendsPerMinute: number;
  readonly sendsPerHour: number;
  readonly sendsPerDay: number;
  readonly verifiesPerMinute: number;
  readonly guessesPerDay: number;
  readonly resend: "same" | "fresh";
  readonly retentionMs: number;
}

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

export interface ModelState {
  /** The latest instant at which anything changed: the destination's time never runs backwards. */
  readonly changedMs: number;
  /** What counts for the sessions of devices that are not known, and of those that are. */
  readonly strange: ModelCounts;
  readonly known: ModelCounts;
  /** Known devices, the latest approval last. */
  readonly devices: readonly { readonly device: string; readonly approvedMs: number }[];
  /** By their names in ascending order, so that equal states are written alike. */
  readonly sessions: readonly ModelSession[];
  /** Likewise. */
  readonly claims: readonly Claim[];
}

export interface ModelCounts {
  readonly sends: readonly number[];
  readonly wrongCodes: readonly number[];
  readonly exhaustions: readonly number[];
  readonly coolUntilMs: number;
}

export interface ModelSession {
  readonly name: string;
  /** Which of the counts are its own. */
  readonly origin: "strange" | "known";
  /** The device that opened it. */
  readonly device?: string;
  /** Those that count, in order. */
  readonly sends: readonly ModelSend[];
  readonly openedMs: number;
  readonly attempts: number;
  /** When its wrong codes were compared. */
  readonly wrongMs: readonly number[];
  readonly end?: "approved" | "exhausted" | "canceled";
  /** VerifyPasscode calls that counted. */
  readonly calls: readonly number[];
  /** What was told for a request id. */
  readonly told: readonly {
    readonly requestId: string;
    readonly content?: string;
    readonly atMs: number;
    readonly answer: Answer;
  }[];
}

interface ModelSend {
  readonly atMs: number;
  /** The call that made it, where it may turn out that nothing has left. */
  readonly of?: string;
  /** Undefined while nobody has seen it: no guess is right. */
  readonly code?: string;
}

/** A request id is its first content's. */
export interface Claim {
  readonly requestId: string;
  readonly content: string;
  /** The id may be used anew after that, for all that the rules say. */
  readonly untilMs: number;
}

/** What a call answers, reduced to what the rules determine. What a record of it leaves out is not compared. */
export interface Answer {
  readonly kind: /** The send counts, until it is known that nothing has left. */
    | "counted"
    /** Nothing has left for the send, so that it does not count any more. */
    | "takenOut"
    /** The first call with the request id has counted, and the message is still on its way. */
    | "inProgress"
    /** Of VerifyPasscode: compared now, or ended before. */
    | "decision"
    | "alreadyApproved"
    | "malformed"
    /** Of GetSession and CancelSession. */
    | "session"
    | "refused"
    | "notFound"
    /** A resend on an ended session. */
    | "sessionEnded"
    /** A resend with another purpose or transaction. */
    | "mismatch"
    | "requestIdReused";
  readonly session?: string;
  /** Of a send taken out: whether its session is still there. */
  readonly sessionRemains?: boolean;
  readonly status?: "pending" | "approved" | "reject";
  readonly reason?: "expired" | "exhausted" | "canceled" | "approved";
  /** Of a decision: whether a code was compared for it, now or when the request was first answered. */
  readonly compared?: boolean;
  readonly attempts?: number;
  readonly attemptsRemaining?: number;
  readonly sendsRemaining?: number;
  readonly expiresMs?: number;
  /** 0: the destination takes a send now. */
  readonly nextSendMs?: number;
  readonly rule?: "cooldown" | "sendLimit" | "verifyLimit" | "guessBudget";
  readonly retryAtMs?: number;
}

const nothing: ModelCounts = { sends: [], wrongCodes: [], exhaustions: [], coolUntilMs: 0 };

export const emptyState: ModelState = {
  changedMs: 0,
  strange: nothing,
  known: nothing,
  devices: [],
  sessions: [],
  claims: [],
};

/** What of the state still matters at the instant, or at the latest one if that is past already. */
export function stateAt(state: ModelState, nowMs: number, limits: ModelLimits): ModelState {
  const atMs = Math.max(nowMs, state.changedMs);
  return {
    ...state,
    changedMs: atMs,
    strange: countsAt(state.strange, atMs),
    known: countsAt(state.known, atMs),
    devices: state.devices.filter(({ approvedMs }) => atMs - approvedMs < 90 * dayMs),
    sessions: state.sessions.filter(({ openedMs }) => atMs < openedMs + limits.expiryMs + limits.retentionMs),
    claims: state.claims.filter(({ untilMs }) => atMs < untilMs),
  };
}

function countsAt(counts: ModelCounts, atMs: number): ModelCounts {
  const today = (instants: readonly number[]) => instants.filter((instant) => atMs - instant < dayMs);
  const { sends, wrongCodes, exhaustions } = counts;
  return {
    ...counts,
    sends: today(sends),
    wrongCodes: today(wrongCodes),
    exhaustions: today(exhaustions),
  };
}

/** The instants without one that is equal. */
export function withoutOne(instants: readonly number[], atMs: number): readonly number[] {
  const at = instants.indexOf(atMs);
  return instants.filter((_, index) => index !== at);
}

export function withSession(state: ModelState, session: ModelSession): ModelState {
  const others = state.sessions.filter(({ name }) => name !== session.name);
  return { ...state, sessions: [...others, session].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** The code that is right for the session: of the latest send that brought one of its own. */
export function codeOf({ sends }: ModelSession, { resend }: ModelLimits): string | undefined {
  if (resend === "fresh") return sends.at(-1)?.code;
  return sends.find(({ code }) => code !== undefined)?.code;
}

export function withClaim(state: ModelState, claim: Claim): ModelState {
  const others = state.claims.filter(({ requestId }) => requestId !== claim.requestId);
  return { ...state, claims: [...others, claim].sort((a, b) => (a.requestId < b.requestId ? -1 : 1)) };
}

/** At the instant of expiry the code is dead. */
export function isLive(session: ModelSession, atMs: number, limits: ModelLimits): boolean {
  return session.end === undefined && atMs < session.openedMs + limits.expiryMs;
}
