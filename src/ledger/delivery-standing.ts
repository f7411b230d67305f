import { type CountedState, type Delivery, type ReportedState, reportedStates } from "./ledger.ts";

/** What is known of a send. */
export interface DeliveryStanding {
  readonly state: "sending" | CountedState | ReportedState;
  readonly provider: string;
  /** The instant it was learnt; absent while nothing is. */
  readonly sinceMs?: number;
}

type StandingParts = Pick<Delivery, "provider" | "state" | "settledMs" | "reports">;

/**
 * What the answer to a handover and the reports come to, in whatever order they came: a
 * message that arrived has arrived, by whichever provider; one that was taken has failed
 * if the provider it was left with says so.
 */
export function standingOf({ provider, state, settledMs, reports = [] }: StandingParts): DeliveryStanding {
  const report = decidingReport({ provider, state, reports });
  if (report !== undefined) {
    return { state: report.state, provider: report.provider, sinceMs: report.atMs };
  }
  return { state, provider, ...(settledMs !== undefined && { sinceMs: settledMs }) };
}

function decidingReport({ provider, state, reports = [] }: StandingParts) {
  const mayHaveArrived = state === "accepted" || state === "noAnswer";
  return (
    reports.find((one) => one.state === "delivered") ??
    (mayHaveArrived ? reports.find((one) => one.provider === provider) : undefined)
  );
}

/**
 * The send with no more reports than it stands by: one, or none. While it is not known
 * which provider it was left with, each may turn out to be the one that tells.
 */
export function withTellingReports(delivery: Delivery): Delivery {
  const { reports, ...told } = delivery;
  if (reports === undefined || delivery.settledMs === undefined) return delivery;
  const report = decidingReport(delivery);
  return report === undefined ? told : { ...told, reports: [report] };
}

/** Whether it is a provider's report that the message failed. */
export function isReportedFailure(state: DeliveryStanding["state"]): boolean {
  return state !== "delivered" && (reportedStates as readonly string[]).includes(state);
}
