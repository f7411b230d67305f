import type { Channel } from "./channel.ts";
import { type Delivery, isLive, type Ledger, type RememberedAnswer, type Session } from "./ledger.ts";
import { sendRefusal, sendsRemaining } from "./limits.ts";
import type { Policy } from "./policy.ts";

export type Status = "pending" | "approved" | "reject";
export type EndReason = "expired" | "exhausted" | "canceled";

/** What a caller is told about a session at one instant. */
export interface SessionView {
  readonly session: Session;
  readonly status: Status;
  /** Why the status is reject. */
  readonly reason?: EndReason;
  readonly attempts: number;
  readonly attemptsRemaining: number;
  readonly sendsRemaining: number;
  /** Absent when the destination takes a send now. */
  readonly nextSendMs?: number;
  /** The channel of the latest send. */
  readonly channel: Channel;
  /** Absent while the session is pending. */
  readonly endedMs?: number;
}

export function statusOf(session: Session, nowMs: number): { status: Status; reason?: EndReason } {
  if (session.end?.kind === "approved") return { status: "approved" };
  if (session.end !== undefined) return { status: "reject", reason: session.end.kind };
  if (!isLive(session, nowMs)) return { status: "reject", reason: "expired" };
  return { status: "pending" };
}

/** A session has at least the send that opened it. */
export function viewSession(ledger: Ledger, session: Session, policy: Policy): SessionView {
  const live = isLive(session, ledger.lastMs);
  const attempts = session.comparisons.length;
  const { origin } = session;
  const refusal = sendRefusal(ledger, origin, live ? session : undefined, policy);
  const endedMs = session.end?.atMs ?? (live ? undefined : session.expiresMs);
  return {
    session,
    ...statusOf(session, ledger.lastMs),
    attempts,
    attemptsRemaining: live ? session.tries - attempts : 0,
    sendsRemaining: refusal === undefined ? sendsRemaining(ledger, origin, policy) : 0,
    ...(refusal !== undefined && { nextSendMs: refusal.retryAtMs }),
    channel: (session.deliveries.at(-1) as Delivery).channel,
    ...(endedMs !== undefined && { endedMs }),
  };
}

/** The part of a view that later events change, for a repeated request. */
export function rememberAnswer(request: string, view: SessionView): RememberedAnswer {
  return {
    request,
    attempts: view.attempts,
    sendsRemaining: view.sendsRemaining,
    ...(view.nextSendMs !== undefined && { nextSendMs: view.nextSendMs }),
    channel: view.channel,
  };
}

/** The view as it was told when the answer was first given. */
export function recallView(
  session: Session,
  answer: RememberedAnswer,
  then: { status: Status; reason?: EndReason },
): SessionView {
  return {
    session,
    ...then,
    attempts: answer.attempts,
    attemptsRemaining: then.status === "pending" ? session.tries - answer.attempts : 0,
    sendsRemaining: answer.sendsRemaining,
    ...(answer.nextSendMs !== undefined && { nextSendMs: answer.nextSendMs }),
    channel: answer.channel,
  };
}
