import type { Channel } from "./channel.ts";
import {
  type Delivery,
  findSession,
  type Ledger,
  ledgerAt,
  policyOf,
  type Session,
  withSession,
} from "./ledger.ts";
import { type Refusal, sendRefusal } from "./limits.ts";
import type { Policies, Policy } from "./policy.ts";
import {
  type EndReason,
  recallView,
  rememberAnswer,
  type SessionView,
  statusOf,
  viewSession,
} from "./view.ts";

export interface SendCommand {
  /** The session to send again in; absent to open one. */
  readonly sessionId?: string;
  /** What a new session, or a fresh code, is made of. */
  readonly newSessionId: string;
  readonly newNonce: string;
  readonly keyId: number;
  readonly binding: string;
  /** The stricter policy the caller chose; empty for the profile's own. */
  readonly policy: string;
  readonly masked: string;
  readonly channel: Channel;
  readonly provider: string;
  /** Keyed digest of the request id, if the call had one. */
  readonly request?: string;
}

export type SendOutcome =
  /** Counted: hand the message over. `delivery` is its place in the session's deliveries. */
  | { kind: "send"; view: SessionView; delivery: number }
  /** Answered before: say the same again, send nothing. */
  | { kind: "repeated"; view: SessionView; delivery: Delivery }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "sessionNotFound" }
  | { kind: "sessionEnded"; reason: EndReason | "approved" }
  | { kind: "sessionMismatch"; field: "transaction" | "policy" };

/** Decides a send: R3, R4, R6, R7, R9, R11, R12. A send that is not made changes nothing. */
export function decideSend(
  before: Ledger | undefined,
  command: SendCommand,
  policies: Policies,
  nowMs: number,
): { record: Ledger | undefined; outcome: SendOutcome } {
  const ledger = ledgerAt(before, nowMs);
  const unchanged = (outcome: SendOutcome) => ({ record: before, outcome });

  const repeated = command.request === undefined ? undefined : findRepeated(ledger, command.request);
  if (repeated !== undefined) return unchanged(repeated);

  const current = command.sessionId === undefined ? undefined : findSession(ledger, command.sessionId);
  if (command.sessionId !== undefined) {
    if (current === undefined) return unchanged({ kind: "sessionNotFound" });
    const { status, reason } = statusOf(current, ledger.lastMs);
    if (status !== "pending") return unchanged({ kind: "sessionEnded", reason: reason ?? "approved" });
    const mismatch = mismatchOf(current, command);
    if (mismatch !== undefined) return unchanged({ kind: "sessionMismatch", field: mismatch });
  }

  const policy =
    current === undefined
      ? (policies.named.get(command.policy) ?? policies.base)
      : policyOf(current, policies);
  const refusal = sendRefusal(ledger, current, policy);
  if (refusal !== undefined) return unchanged({ kind: "refused", refusal });

  const session =
    current === undefined ? openSession(command, policy, ledger.lastMs) : resend(current, command, policy);
  const delivery: Delivery = {
    atMs: ledger.lastMs,
    channel: command.channel,
    provider: command.provider,
    state: "sending",
  };
  const sent: Session = { ...session, deliveries: [...session.deliveries, delivery] };
  const counted: Ledger = {
    ...ledger,
    sends: [...ledger.sends, ledger.lastMs],
    sessions: current === undefined ? [...ledger.sessions, sent] : withSession(ledger, sent).sessions,
  };
  const view = viewSession(counted, sent, policy);
  const outcome: SendOutcome = { kind: "send", view, delivery: session.deliveries.length };
  if (command.request === undefined) return { record: counted, outcome };

  const answer = rememberAnswer(command.request, view);
  const remembered: Session = { ...sent, deliveries: sent.deliveries.with(-1, { ...delivery, answer }) };
  return { record: withSession(counted, remembered), outcome };
}

/** The field in which a resend differs from its session (R11), if any. A resend that names no policy keeps to its session's. */
function mismatchOf(session: Session, command: SendCommand): "transaction" | "policy" | undefined {
  if (session.binding !== command.binding) return "transaction";
  if (command.policy !== "" && command.policy !== session.policy) return "policy";
  return undefined;
}

function openSession(command: SendCommand, policy: Policy, nowMs: number): Session {
  return {
    id: command.newSessionId,
    nonce: command.newNonce,
    keyId: command.keyId,
    binding: command.binding,
    codeLength: policy.codeLength,
    codeAlphabet: policy.codeAlphabet,
    openedMs: nowMs,
    expiresMs: nowMs + policy.expiryMs,
    keptUntilMs: nowMs + policy.expiryMs + policy.retentionMs,
    tries: policy.tries,
    policy: command.policy,
    masked: command.masked,
    comparisons: [],
    verifies: [],
    deliveries: [],
  };
}

/** The session for one more send: the same code, or a fresh one that kills the old; never more tries or time (R3). */
function resend(session: Session, command: SendCommand, policy: Policy): Session {
  if (policy.resend === "same") return session;
  return { ...session, nonce: command.newNonce };
}

function findRepeated(ledger: Ledger, request: string): SendOutcome | undefined {
  for (const session of ledger.sessions) {
    for (const delivery of session.deliveries) {
      if (delivery.answer?.request !== request) continue;
      return {
        kind: "repeated",
        view: recallView(session, delivery.answer, { status: "pending" }),
        delivery,
      };
    }
  }
  return undefined;
}

/**
 * Records what became of a send. A send already settled stays as it is, but an answer
 * may come after none was expected any more; a session that is gone needs no record.
 */
export function settleDelivery(
  before: Ledger | undefined,
  settled: { sessionId: string; delivery: number; state: Exclude<Delivery["state"], "sending"> },
  nowMs: number,
): { record: Ledger | undefined; outcome: undefined } {
  const ledger = ledgerAt(before, nowMs);
  const session = findSession(ledger, settled.sessionId);
  const delivery = session?.deliveries[settled.delivery];
  const unsettled = delivery?.state === "sending" || delivery?.state === "noAnswer";
  if (session === undefined || !unsettled) return { record: before, outcome: undefined };
  const deliveries = session.deliveries.with(settled.delivery, { ...delivery, state: settled.state });
  return { record: withSession(ledger, { ...session, deliveries }), outcome: undefined };
}
