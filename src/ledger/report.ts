import { type DeliveryReference, findDelivery, withDelivery } from "./delivery.ts";
import { type DeliveryStanding, standingOf, withTellingReports } from "./delivery-standing.ts";
import { type Ledger, type ReportedState, reportedStates, type Session } from "./ledger.ts";
import { hourMs } from "./policy.ts";

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
  /** The session is forgotten, the send was taken out, or it is so long over that nobody ought to report on it. */
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
  const unchanged = { record: before, outcome: { kind: "unchanged" as const, session } };
  if (answeredOnly || !saysMore) return unchanged;
  const told = { provider, state, atMs: ledger.lastMs };
  const next = withTellingReports({
    ...delivery,
    reports: [...reports.filter((one) => one !== known), told],
  });
  if (!next.reports?.includes(told)) return unchanged;
  const outcome = { kind: "recorded" as const, session, state: standingOf(next).state };
  return { record: withDelivery(found, next), outcome };
}

/** The higher of two reported states stands. */
function rankOf(state: ReportedState): number {
  return reportedStates.indexOf(state);
}
