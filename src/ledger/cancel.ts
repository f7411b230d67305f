import { findSession, type Ledger, ledgerAt, policyOf, type Session, withSession } from "./ledger.ts";
import type { Policies } from "./policy.ts";
import { type SessionView, viewSession } from "./view.ts";

export type SessionOutcome = { kind: "session"; view: SessionView } | { kind: "sessionNotFound" };
export type CancelOutcome = SessionOutcome | { kind: "alreadyApproved" };

/** Ends a pending session; one that was rejected stays as it is. Frees no try and no send. */
export function decideCancel(
  before: Ledger | undefined,
  sessionId: string,
  policies: Policies,
  nowMs: number,
): { record: Ledger | undefined; outcome: CancelOutcome } {
  const ledger = ledgerAt(before, nowMs);
  const session = findSession(ledger, sessionId);
  if (session === undefined) return { record: before, outcome: { kind: "sessionNotFound" } };
  const policy = policyOf(session, policies);
  const view = viewSession(ledger, session, policy);
  if (view.status === "approved") return { record: before, outcome: { kind: "alreadyApproved" } };
  if (view.status === "reject") return { record: before, outcome: { kind: "session", view } };

  const canceled: Session = { ...session, end: { kind: "canceled", atMs: ledger.lastMs } };
  const record = withSession(ledger, canceled);
  return { record, outcome: { kind: "session", view: viewSession(record, canceled, policy) } };
}

/** Reads a session; changes nothing. */
export function readSession(
  before: Ledger | undefined,
  sessionId: string,
  policies: Policies,
  nowMs: number,
): { record: Ledger | undefined; outcome: SessionOutcome } {
  const ledger = ledgerAt(before, nowMs);
  const session = findSession(ledger, sessionId);
  if (session === undefined) return { record: before, outcome: { kind: "sessionNotFound" } };
  const view = viewSession(ledger, session, policyOf(session, policies));
  return { record: before, outcome: { kind: "session", view } };
}
