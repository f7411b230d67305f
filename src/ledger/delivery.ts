import type { Channel } from "./channel.ts";
import { type DeliveryStanding, isReportedFailure, standingOf } from "./delivery-standing.ts";
import {
  type Delivery,
  findSession,
  type HandoverState,
  isLive,
  type Ledger,
  ledgerAt,
  policyOf,
  type ReportedState,
  reportedStates,
  type Session,
  withSession,
} from "./ledger.ts";
import { type Refusal, sendRefusal } from "./limits.ts";
import { hourMs, type Policies } from "./policy.ts";
import { countSend, type SendOutcome } from "./send.ts";

/** One send of a session. */
export interface DeliveryReference {
  readonly sessionId: string;
  /** Its place among the session's deliveries. */
  readonly delivery: number;
}

/**
 * Records what became of a send. A send already settled stays as it is, but an answer
 * may come after none was expected any more; a session that is gone needs no record.
 *
 * Answers whether the send has been reported as failed in the meantime.
 */
export function settleDelivery(
  before: Ledger | undefined,
  settled: DeliveryReference & { provider: string; state: HandoverState },
  nowMs: number,
): { record: Ledger | undefined; outcome: "settled" | "failed" } {
  const found = findDelivery(before, settled, nowMs);
  if (found === undefined || !isOpen(found.delivery)) return { record: before, outcome: "settled" };
  const { provider, state } = settled;
  const delivery: Delivery = { ...found.delivery, provider, state, settledMs: found.ledger.lastMs };
  const failed = isReportedFailure(standingOf(delivery).state);
  return { record: withDelivery(found, delivery), outcome: failed ? "failed" : "settled" };
}

/** How long after its session's expiry a report on a send is still taken, in milliseconds. */
const reportedWithinMs = hourMs;

/** What a provider reports of a message that it took. */
export interface DeliveryReport extends DeliveryReference {
  /** The name of the provider that reports. */
  readonly provider: string;
  readonly state: ReportedState;
  /** Whether it does not count for a call: that somebody took the call is no proof that the code was heard. */
  readonly needsKeyPress: boolean;
}

export type ReportOutcome =
  /** With what is known of the send since. */
  | { kind: "recorded"; session: Session; state: DeliveryStanding["state"] }
  /** It says nothing new. */
  | { kind: "unchanged"; session: Session }
  /** The session is forgotten, or so long over that nobody ought to report on it. */
  | { kind: "late" };

/** Records a report, beside what its provider's earlier ones came to. Nothing but the delivery is touched. */
export function recordReport(
  before: Ledger | undefined,
  report: DeliveryReport,
  nowMs: number,
): { record: Ledger | undefined; outcome: ReportOutcome } {
  const found = findDelivery(before, report, nowMs);
  if (found === undefined || found.ledger.lastMs > found.session.expiresMs + reportedWithinMs) {
    return { record: before, outcome: { kind: "late" } };
  }
  const { ledger, session, delivery } = found;
  const { provider, state } = report;
  const { reports = [] } = delivery;
  const known = reports.find((one) => one.provider === provider);
  const answeredOnly = report.needsKeyPress && delivery.channel === "voice";
  const saysMore = known === undefined || rankOf(state) > rankOf(known.state);
  // What was never handed over nobody can know about.
  if (answeredOnly || !saysMore || delivery.state === "canceled") {
    return { record: before, outcome: { kind: "unchanged", session } };
  }
  const others = reports.filter((one) => one !== known);
  const next: Delivery = { ...delivery, reports: [...others, { provider, state, atMs: ledger.lastMs }] };
  const outcome = { kind: "recorded" as const, session, state: standingOf(next).state };
  return { record: withDelivery(found, next), outcome };
}

export interface FallbackCommand extends DeliveryReference {
  readonly channel: Channel;
  readonly provider: string;
  /** Keyed digest of the request id of the call that falls back, if it had one. */
  readonly request?: string;
}

export type FallbackOutcome =
  | Extract<SendOutcome, { kind: "send" }>
  /** It arrived, or the session has ended, or the code was sent again since. */
  | { kind: "notNeeded" }
  | { kind: "refused"; refusal: Refusal };

/** Decides whether the same code goes out by another channel in place of a send that failed: R3, R4, R6, R7, R9. */
export function decideFallback(
  before: Ledger | undefined,
  command: FallbackCommand,
  policies: Policies,
  nowMs: number,
): { record: Ledger | undefined; outcome: FallbackOutcome } {
  const unchanged = (outcome: FallbackOutcome) => ({ record: before, outcome });
  const found = findDelivery(before, command, nowMs);
  if (found === undefined) return unchanged({ kind: "notNeeded" });
  const { ledger, session, delivery } = found;
  const isLatest = command.delivery === session.deliveries.length - 1;
  const hasArrived = standingOf(delivery).state === "delivered";
  if (!isLatest || hasArrived || !isLive(session, ledger.lastMs)) {
    return unchanged({ kind: "notNeeded" });
  }
  const policy = policyOf(session, policies);
  const refusal = sendRefusal(ledger, session, policy);
  if (refusal !== undefined) return unchanged({ kind: "refused", refusal });
  return countSend(ledger, session, command, policy);
}

/** Whether what became of the send is not known yet. */
function isOpen({ state }: Delivery): boolean {
  return state === "sending" || state === "noAnswer";
}

/** The higher of two reported states stands. */
function rankOf(state: ReportedState): number {
  return reportedStates.indexOf(state);
}

interface FoundDelivery {
  readonly ledger: Ledger;
  readonly session: Session;
  readonly delivery: Delivery;
  readonly index: number;
}

function findDelivery(
  before: Ledger | undefined,
  { sessionId, delivery: index }: DeliveryReference,
  nowMs: number,
): FoundDelivery | undefined {
  const ledger = ledgerAt(before, nowMs);
  const session = findSession(ledger, sessionId);
  if (session === undefined) return undefined;
  const delivery = session.deliveries[index];
  return delivery === undefined ? undefined : { ledger, session, delivery, index };
}

function withDelivery({ ledger, session, index }: FoundDelivery, delivery: Delivery): Ledger {
  return withSession(ledger, { ...session, deliveries: session.deliveries.with(index, delivery) });
}
