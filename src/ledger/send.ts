import type { Channel } from "./channel.ts";
import {
  type Delivery,
  findSession,
  type Ledger,
  ledgerAt,
  type Origin,
  policyOf,
  type Session,
  type TestVerdict,
  withSession,
  withWindows,
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
  /** Keyed digest of the address to deliver to. */
  readonly address: string;
  /** The stricter policy the caller chose; empty for the profile's own. */
  readonly policy: string;
  readonly masked: string;
  /** Keyed digest of the device that sends, if the call names one. */
  readonly device?: string;
  /** Only for the test destinations of test profiles. */
  readonly testVerdict?: TestVerdict;
  readonly channel: Channel;
  readonly provider: string;
  /** Keyed digest of the request id, if the call had one. */
  readonly request?: string;
}

export type SendOutcome =
  /** Counted: hand the message over. `delivery` is its number in the session. */
  | { kind: "send"; view: SessionView; delivery: number }
  /** Answered before: say the same again, send nothing. */
  | { kind: "repeated"; view: SessionView; delivery: Delivery }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "sessionNotFound" }
  | { kind: "sessionEnded"; reason: EndReason | "approved" }
  | { kind: "sessionMismatch"; field: MismatchedField };

/** What a session was opened for and a resend must not change. */
type MismatchedField = "destination" | "transaction" | "policy";

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
  const origin = current?.origin ?? originOf(ledger, command.device);
  const refusal = sendRefusal(ledger, origin, current, policy);
  if (refusal !== undefined) return unchanged({ kind: "refused", refusal: { ...refusal, atMs: nowMs } });

  if (current === undefined) {
    return countSend(ledger, openSession(command, origin, policy, ledger.lastMs), command, policy);
  }
  const session = resend(current, command, policy);
  const replaced = session.nonce === current.nonce ? {} : { replaced: current.nonce };
  return countSend(ledger, session, { ...command, ...replaced }, policy);
}

type CountedSend = Pick<SendCommand, "channel" | "provider" | "request"> & Pick<Delivery, "replaced">;

/** Counts one send of the session, which is new or takes the place of the one with its id. */
export function countSend(
  ledger: Ledger,
  session: Session,
  { channel, provider, request, replaced }: CountedSend,
  policy: Policy,
): { record: Ledger; outcome: Extract<SendOutcome, { kind: "send" }> } {
  const number = session.nextDelivery;
  const delivery: Delivery = {
    number,
    atMs: ledger.lastMs,
    channel,
    provider,
    state: "sending",
    ...(replaced !== undefined && { replaced }),
  };
  const deliveries = [...session.deliveries, delivery];
  const sent: Session = { ...session, deliveries, nextDelivery: number + 1 };
  const isNew = findSession(ledger, session.id) === undefined;
  const counted: Ledger = {
    ...withWindows(ledger, session.origin, { sends: [...ledger[session.origin].sends, ledger.lastMs] }),
    sessions: isNew ? [...ledger.sessions, sent] : withSession(ledger, sent).sessions,
  };
  const view = viewSession(counted, sent, policy);
  const outcome = { kind: "send" as const, view, delivery: number };
  if (request === undefined) return { record: counted, outcome };

  const answer = rememberAnswer(request, view);
  const remembered: Session = { ...sent, deliveries: sent.deliveries.with(-1, { ...delivery, answer }) };
  return { record: withSession(counted, remembered), outcome };
}

/** The field in which a resend differs from its session (R11), if any. A resend that names no policy keeps to its session's. */
function mismatchOf(session: Session, command: SendCommand): MismatchedField | undefined {
  if (session.address !== command.address) return "destination";
  if (session.binding !== command.binding) return "transaction";
  if (command.policy !== "" && command.policy !== session.policy) return "policy";
  return undefined;
}

/** Of a device that the destination knows it is known, of any other, or of none that is named, strange (R17). */
function originOf({ devices }: Ledger, device: string | undefined): Origin {
  return devices.some(({ digest }) => digest === device) ? "known" : "strange";
}

function openSession(command: SendCommand, origin: Origin, policy: Policy, nowMs: number): Session {
  return {
    id: command.newSessionId,
    nonce: command.newNonce,
    keyId: command.keyId,
    binding: command.binding,
    address: command.address,
    codeLength: policy.codeLength,
    codeAlphabet: policy.codeAlphabet,
    openedMs: nowMs,
    expiresMs: nowMs + policy.expiryMs,
    keptUntilMs: nowMs + policy.expiryMs + policy.retentionMs,
    tries: policy.tries,
    policy: command.policy,
    masked: command.masked,
    origin,
    ...(command.device !== undefined && { device: command.device }),
    ...(command.testVerdict !== undefined && { testVerdict: command.testVerdict }),
    comparisons: [],
    verifies: [],
    deliveries: [],
    nextDelivery: 0,
  };
}

/** The session for one more send: the same code, or a fresh one that kills the old; never more tries or time (R3). */
function resend(session: Session, command: SendCommand, policy: Policy): Session {
  if (policy.resend === "same") return session;
  return { ...session, nonce: command.newNonce };
}

/** Where the request fell back to another channel, the last of its sends is what it was answered with. */
function findRepeated(ledger: Ledger, request: string): SendOutcome | undefined {
  for (const session of ledger.sessions) {
    const delivery = session.deliveries.findLast((delivery) => delivery.answer?.request === request);
    if (delivery?.answer === undefined) continue;
    const view = recallView(session, delivery.answer, { status: "pending" });
    return { kind: "repeated", view, delivery };
  }
  return undefined;
}
