import { type DeliveryReference, type FoundDelivery, findDelivery, withDelivery } from "./delivery.ts";
import { isReportedFailure, standingOf, withTellingReports } from "./delivery-standing.ts";
import { decideFallback, type FallbackOutcome, isNeeded, type StandIn } from "./fallback.ts";
import {
  type CountedState,
  type Delivery,
  findSession,
  type HandoverState,
  isCounted,
  type Ledger,
  policyOf,
  type Session,
  withSession,
  withWindows,
} from "./ledger.ts";
import { sendRefusal } from "./limits.ts";
import type { Policies } from "./policy.ts";
import { countSend } from "./send.ts";
import { without } from "./window.ts";

export interface Settling extends DeliveryReference {
  readonly provider: string;
  readonly state: HandoverState;
  /** What is to stand in for the send, if it has failed and something can. */
  readonly standIn?: StandIn;
}

export interface Settlement {
  /** Whether the send counts. If not, it has been taken out. */
  readonly counts: boolean;
  /** Whether its session is there, still or again: one that had no other send went with it. */
  readonly sessionRemains: boolean;
  /** Whether the send has been reported as failed in the meantime. */
  readonly isReportedFailed: boolean;
  /** What was decided of the send that was to stand in. */
  readonly fallback?: FallbackOutcome;
}

const settledBefore: Settlement = { counts: true, sessionRemains: true, isReportedFailed: false };

/**
 * Records what became of a send, and counts in the same replacement the one that stands
 * in for it.
 *
 * A send that is known not to have left is taken out as if it had never been counted
 * (R7), unless a provider has reported on it since: then it did leave. A send already
 * settled stays as it is, but an answer may come after none was expected any more; a
 * session that is gone needs no record.
 */
export function settleDelivery(
  before: Ledger | undefined,
  settled: Settling,
  policies: Policies,
  nowMs: number,
): { record: Ledger | undefined; outcome: Settlement } {
  const found = findDelivery(before, settled, nowMs);
  if (found === undefined || !isOpen(found.delivery)) return { record: before, outcome: settledBefore };
  const { provider, state, standIn } = settled;
  const isReported = (found.delivery.reports ?? []).length > 0;
  if (!isCounted(state) && !isReported) return takeOut(found, standIn, policies);

  const counted: CountedState = isCounted(state) ? state : "noAnswer";
  const settledMs = found.ledger.lastMs;
  const delivery = withTellingReports({ ...found.delivery, provider, state: counted, settledMs });
  const record = withDelivery(found, delivery);
  const outcome = { ...settledBefore, isReportedFailed: isReportedFailure(standingOf(delivery).state) };
  if (standIn === undefined) return { record, outcome };
  const { sessionId, delivery: number } = settled;
  const stood = decideFallback(record, { ...standIn, sessionId, delivery: number }, policies, nowMs);
  return { record: stood.record, outcome: { ...outcome, fallback: stood.outcome } };
}

/** Whether what became of the send is not known yet. */
function isOpen({ state }: Delivery): boolean {
  return state === "sending" || state === "noAnswer";
}

/** Takes out the send, and counts what stands in for it against limits that know nothing of it. */
function takeOut(
  found: FoundDelivery,
  standIn: StandIn | undefined,
  policies: Policies,
): { record: Ledger; outcome: Settlement } {
  const { session, delivery } = found;
  const { origin } = session;
  const sends = without(found.ledger[origin].sends, [delivery.atMs]);
  const ledger = withWindows(found.ledger, origin, { sends });
  const taken = { counts: false, isReportedFailed: false };
  const left = { ...session, deliveries: session.deliveries.toSpliced(found.index, 1) };

  const policy = policyOf(session, policies);
  const isWanted = standIn !== undefined && isNeeded(found);
  const refusal = isWanted ? sendRefusal(ledger, origin, session, policy) : undefined;
  if (isWanted && refusal === undefined) {
    // It carries the code that the send was to carry.
    const { replaced } = delivery;
    const command = { ...standIn, ...(replaced !== undefined && { replaced }) };
    const stood = countSend(withSession(ledger, left), left, command, policy);
    return { record: stood.record, outcome: { ...taken, sessionRemains: true, fallback: stood.outcome } };
  }

  const record =
    left.deliveries.length > 0
      ? withSession(ledger, withCodeBefore(left, delivery))
      : { ...ledger, sessions: ledger.sessions.filter(({ id }) => id !== session.id) };
  const sessionRemains = findSession(record, session.id) !== undefined;
  const fallback = refusal !== undefined ? { fallback: { kind: "refused" as const, refusal } } : {};
  return { record, outcome: { ...taken, sessionRemains, ...fallback } };
}

/**
 * The session with the code that the user holds: the fresh one of a send that did not
 * leave has killed none. Where it has left with a later send, that one has.
 */
function withCodeBefore(session: Session, { number, replaced }: Delivery): Session {
  if (replaced === undefined) return session;
  const index = session.deliveries.findIndex((one) => one.number > number);
  const later = session.deliveries[index];
  if (later === undefined) return { ...session, nonce: replaced };
  return { ...session, deliveries: session.deliveries.with(index, { ...later, replaced }) };
}
