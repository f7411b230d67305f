import type { Channel } from "./channel.ts";
import { devicesAt, type KnownDevice, knownUntilMs } from "./device.ts";
import type { CodeAlphabet, Policies, Policy } from "./policy.ts";
import { dayMs, minuteMs } from "./policy.ts";
import { within } from "./window.ts";

/**
 * Everything the rules need to know about one destination of one profile.
 *
 * Every rule is a pure function of a ledger, and every change replaces the ledger as a
 * whole, so nothing is ever half counted. It holds neither the destination nor a code.
 * Instants are milliseconds since the epoch by the store's clock.
 */
export interface Ledger {
  /** The latest instant at which the ledger changed: its time never runs backwards. */
  readonly lastMs: number;
  /** What counts for the sessions of devices that the destination does not know, or that were not named. */
  readonly strange: Windows;
  /** What counts for those of the devices that it knows (R17): a stranger who spends all of his own takes none of these. */
  readonly known: Windows;
  /** Those that it knows, the one longest unused first. */
  readonly devices: readonly KnownDevice[];
  /** Live sessions, and ended ones until their retention is over; oldest first. */
  readonly sessions: readonly Session[];
}

/** Which of the windows a session counts in. Fixed when it opens. */
export type Origin = "strange" | "known";

/** The counts behind R6, R7 and R9. */
export interface Windows {
  /** Sends of the last 24 hours. */
  readonly sends: readonly number[];
  /** Wrong codes of the last 24 hours, but those of sessions that were approved. */
  readonly failures: readonly number[];
  /** Sessions of the last 24 hours that ended by exhausted tries. */
  readonly exhaustions: readonly number[];
  /** No send is taken before this instant. */
  readonly cooldownUntilMs: number;
}

/** One passcode's life. What it promised when it opened is fixed in it. */
export interface Session {
  /** 128 random bits, base64url. */
  readonly id: string;
  /** 128 random bits, base64url, which the code is derived from with all that it is bound to. A fresh code has a fresh nonce. */
  readonly nonce: string;
  /** The key the code is derived with and the session id is sealed with. */
  readonly keyId: number;
  /** Keyed digest of the purpose and the transaction the code is bound to (R11). */
  readonly binding: string;
  /** Keyed digest of the very address the code is delivered to (R11). */
  readonly address: string;
  readonly codeLength: number;
  readonly codeAlphabet: CodeAlphabet;
  readonly openedMs: number;
  /** The instant the code dies (R4). */
  readonly expiresMs: number;
  /** The instant the session is forgotten. */
  readonly keptUntilMs: number;
  /** Comparisons allowed in all (R5). */
  readonly tries: number;
  /** The named policy it was opened under; empty for the profile's own. */
  readonly policy: string;
  readonly masked: string;
  readonly origin: Origin;
  /** Keyed digest of the device that opened it; absent if none was named. An approval makes it known to the destination. */
  readonly device?: string;
  /** What is said of every code, for the test destinations of test profiles. */
  readonly testVerdict?: TestVerdict;
  readonly comparisons: readonly Comparison[];
  /** VerifyPasscode calls of the last minute (R8). */
  readonly verifies: readonly number[];
  /** Sends that count (R7), oldest first; at least one. */
  readonly deliveries: readonly Delivery[];
  /** The number of the next send. None is given twice, so that a report finds the send it is about or none. */
  readonly nextDelivery: number;
  /** Absent until the session is approved, exhausted or canceled; expiry is told by the time alone. */
  readonly end?: { readonly kind: "approved" | "exhausted" | "canceled"; readonly atMs: number };
}

export type TestVerdict = "right" | "wrong";

/** One code compared with the session's. */
interface Comparison {
  readonly atMs: number;
  readonly right: boolean;
  readonly answer?: RememberedAnswer;
}

/** One send and what became of it. `standingOf` tells what that comes to. */
export interface Delivery {
  /** By which its reports name it within the session. */
  readonly number: number;
  readonly atMs: number;
  readonly channel: Channel;
  /** The configured name of the provider that the message was left with. */
  readonly provider: string;
  /** `sending` until it is recorded what became of handing the message over. */
  readonly state: "sending" | CountedState;
  /** The instant the state was learnt; absent while it is `sending`, and for a send that was lost. */
  readonly settledMs?: number;
  /** What was reported of it, once for each provider that it was handed to; the one report that it stands by, once it is settled. */
  readonly reports?: readonly ProviderReport[];
  /** The nonce whose code this send's fresh one has killed. It lives again should the send be taken out. */
  readonly replaced?: string;
  readonly answer?: RememberedAnswer;
}

interface ProviderReport {
  readonly provider: string;
  readonly state: ReportedState;
  readonly atMs: number;
}

/** What became of handing over a message that left, may have left, or that a provider would not take to this destination. Such a send counts (R7). */
export const countedStates = ["accepted", "destinationRefused", "blocked", "noAnswer"] as const;

/** What became of handing over a message that is known not to have left, for a cause that is not the destination's. Such a send is taken out again (R7). */
export const notLeftStates = ["accountRefused", "overloaded", "busy", "unreachable", "canceled"] as const;

/** What a provider reported of a message that it took. Where its reports contradict each other, the later one in this list stands. */
export const reportedStates = [
  "undelivered",
  "accountAtFault",
  "blocked",
  "noSuchDestination",
  "delivered",
] as const;

export type CountedState = (typeof countedStates)[number];
type NotLeftState = (typeof notLeftStates)[number];
export type HandoverState = CountedState | NotLeftState;
export type ReportedState = (typeof reportedStates)[number];

/**
 * How long a send may stay unsettled before its outcome is taken for lost, in
 * milliseconds: longer than the slowest provider may take.
 */
const settledWithinMs = 90_000;

/** What an answer said that later events change, kept to answer a repeated request alike (R12). */
export interface RememberedAnswer {
  /** Keyed digest of the request id. */
  readonly request: string;
  readonly attempts: number;
  readonly sendsRemaining: number;
  readonly nextSendMs?: number;
  readonly channel: Channel;
}

const emptyWindows: Windows = { sends: [], failures: [], exhaustions: [], cooldownUntilMs: 0 };

const emptyLedger: Ledger = {
  lastMs: 0,
  strange: emptyWindows,
  known: emptyWindows,
  devices: [],
  sessions: [],
};

/**
 * The ledger as it stands at `nowMs`: what no rule asks about any more is gone, and a
 * send that was never settled got no answer.
 *
 * Its `lastMs` is the instant to decide at. Should the store's clock have stepped back,
 * that is the ledger's latest instant: a step back frees no budget, and blocks no longer
 * than the step.
 */
export function ledgerAt(ledger: Ledger = emptyLedger, nowMs: number): Ledger {
  const lastMs = Math.max(nowMs, ledger.lastMs);
  return {
    ...ledger,
    lastMs,
    strange: windowsAt(ledger.strange, lastMs),
    known: windowsAt(ledger.known, lastMs),
    devices: devicesAt(ledger.devices, lastMs),
    sessions: ledger.sessions.some((session) => session.keptUntilMs <= lastMs || hasPassed(session, lastMs))
      ? ledger.sessions
          .filter((session) => session.keptUntilMs > lastMs)
          .map((session) => (hasPassed(session, lastMs) ? sessionAt(session, lastMs) : session))
      : ledger.sessions,
  };
}

/** Whether time has made something of the session different from what is stored. */
function hasPassed(session: Session, nowMs: number): boolean {
  return hasLostSend(session, nowMs) || within(session.verifies, minuteMs, nowMs) !== session.verifies;
}

function sessionAt(session: Session, nowMs: number): Session {
  return { ...settleLostSends(session, nowMs), verifies: within(session.verifies, minuteMs, nowMs) };
}

function windowsAt(windows: Windows, lastMs: number): Windows {
  return {
    ...windows,
    sends: within(windows.sends, dayMs, lastMs),
    failures: within(windows.failures, dayMs, lastMs),
    exhaustions: within(windows.exhaustions, dayMs, lastMs),
  };
}

/** Whether a send of the session was left unsettled: the process that made it has died, or could not say. */
function hasLostSend(session: Session, nowMs: number): boolean {
  return session.deliveries.some((delivery) => isLostSend(delivery, nowMs));
}

function isLostSend(delivery: Delivery, nowMs: number): boolean {
  return delivery.state === "sending" && nowMs - delivery.atMs > settledWithinMs;
}

function settleLostSends(session: Session, nowMs: number): Session {
  const deliveries = session.deliveries.map((delivery) =>
    isLostSend(delivery, nowMs) ? { ...delivery, state: "noAnswer" as const } : delivery,
  );
  return { ...session, deliveries };
}

/** The instant from which no rule asks about the ledger any more. */
export function ledgerExpiresAtMs(ledger: Ledger): number {
  return Math.max(
    ledger.lastMs + minuteMs,
    windowsExpireAtMs(ledger.strange),
    windowsExpireAtMs(ledger.known),
    ...ledger.devices.map(knownUntilMs),
    ...ledger.sessions.map((session) => session.keptUntilMs),
  );
}

function windowsExpireAtMs({ sends, failures, exhaustions, cooldownUntilMs }: Windows): number {
  const last = (instants: readonly number[]) =>
    instants.length === 0 ? 0 : (instants.at(-1) as number) + dayMs;
  return Math.max(cooldownUntilMs, last(sends), last(failures), last(exhaustions));
}

export function findSession(ledger: Ledger, id: string): Session | undefined {
  return ledger.sessions.find((session) => session.id === id);
}

/** The ledger with other windows for sessions of the origin. */
export function withWindows(ledger: Ledger, origin: Origin, windows: Partial<Windows>): Ledger {
  return { ...ledger, [origin]: { ...ledger[origin], ...windows } };
}

/** The ledger with one session replaced by its successor. */
export function withSession(ledger: Ledger, next: Session): Ledger {
  return { ...ledger, sessions: ledger.sessions.map((session) => (session.id === next.id ? next : session)) };
}

/** What became of handing the message over, if it counts. */
export function isCounted(state: HandoverState): state is CountedState {
  return (countedStates as readonly string[]).includes(state);
}

/** Whether a code of the session can still be approved. At the instant of expiry it cannot (R4). */
export function isLive(session: Session, nowMs: number): boolean {
  return session.end === undefined && nowMs < session.expiresMs;
}

/**
 * The policy a session is held to: the named one it was opened under, or the profile's
 * own if that name is no longer configured.
 */
export function policyOf(session: Session, policies: Policies): Policy {
  return policies.named.get(session.policy) ?? policies.base;
}
