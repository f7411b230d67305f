import { ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { type Channel, Status, StatusReason } from "../../gen/passcode/v1/session_pb.ts";
import type { Answer } from "../model/model.ts";
import type { PasscodeClient } from "../support/service.ts";

/** A session as its callers know it. Its transaction names it in its messages. */
export interface KnownSession {
  readonly sessionId: string;
  readonly transaction: string;
}

/** What a caller asks of one destination. Asked again it is the very same, request id included. */
export type Call =
  | {
      readonly rpc: "send";
      readonly phoneNumber: string;
      /** The session to send again in; absent to open one. */
      readonly session?: KnownSession;
      readonly transaction: string;
      readonly channel: Channel;
      readonly requestId?: string;
    }
  | {
      readonly rpc: "verify";
      readonly session: KnownSession;
      readonly transaction: string;
      readonly code: string;
      readonly requestId?: string;
    }
  | { readonly rpc: "get"; readonly session: KnownSession }
  | { readonly rpc: "cancel"; readonly session: KnownSession };

/** The longest a caller waits, in milliseconds. */
export const patienceMs = 5_000;

/** Makes the call and tells what it was answered; undefined when what became of it is not known. */
export async function ask(
  client: PasscodeClient,
  call: Call,
  timeoutMs: number = patienceMs,
): Promise<Answer | undefined> {
  try {
    return await answered(client, call, timeoutMs);
  } catch (error) {
    return refused(call, ConnectError.from(error));
  }
}

async function answered(client: PasscodeClient, call: Call, timeoutMs: number): Promise<Answer> {
  const options = { timeoutMs };
  if (call.rpc === "get" || call.rpc === "cancel") {
    const request = { sessionId: call.session.sessionId };
    const { session } = await (call.rpc === "get"
      ? client.getSession(request, options)
      : client.cancelSession(request, options));
    if (session === undefined) throw new Error("a session was asked for and none was answered");
    return { kind: "session", session: call.session.sessionId, ...decisionIn(session) };
  }
  const content = { transaction: { order: call.transaction }, requestId: call.requestId ?? "" };
  const answer = await (call.rpc === "send"
    ? client.sendPasscode(
        {
          ...content,
          destination: { case: "phoneNumber", value: call.phoneNumber },
          channel: call.channel,
          sessionId: call.session?.sessionId ?? "",
        },
        options,
      )
    : client.verifyPasscode({ ...content, sessionId: call.session.sessionId, code: call.code }, options));
  return {
    kind: call.rpc === "send" ? "counted" : "decision",
    session: answer.sessionId,
    ...decisionIn(answer),
    sendsRemaining: answer.sendsRemaining,
    ...(answer.nextSendTime === undefined && { nextSendMs: 0 }),
  };
}

function decisionIn(answer: {
  status: Status;
  reason: StatusReason;
  attemptCount: number;
  attemptsRemaining: number;
}) {
  const status = statuses[answer.status];
  const reason = reasons[answer.reason];
  return {
    ...(status !== undefined && { status }),
    ...(reason !== undefined && { reason }),
    attempts: answer.attemptCount,
    attemptsRemaining: answer.attemptsRemaining,
  };
}

type KnownStatus = NonNullable<Answer["status"]>;
type EndReason = NonNullable<Answer["reason"]>;

const statuses: Partial<Record<Status, KnownStatus>> = {
  [Status.PENDING]: "pending",
  [Status.APPROVED]: "approved",
  [Status.REJECT]: "reject",
};
const reasons: Partial<Record<StatusReason, EndReason>> = {
  [StatusReason.EXPIRED]: "expired",
  [StatusReason.ATTEMPTS_EXHAUSTED]: "exhausted",
  [StatusReason.CANCELED]: "canceled",
};

const unknownOutcomes = ["unavailable", "deadline_exceeded", "canceled", "aborted", "unknown", "internal"];

function refused(call: Call, error: ConnectError): Answer | undefined {
  const [info] = error.findDetails(ErrorInfoSchema);
  switch (info?.reason) {
    case "STORE_UNAVAILABLE":
    case "SHUTTING_DOWN":
      return undefined;
    case "COOLDOWN":
    case "SEND_LIMIT":
    case "VERIFY_LIMIT":
    case "GUESS_BUDGET":
      return { kind: "refused", rule: info.metadata["rule"] as NonNullable<Answer["rule"]> };
    case "SESSION_NOT_FOUND":
      return { kind: "notFound" };
    case "SESSION_APPROVED":
      return call.rpc === "send" ? { kind: "sessionEnded", reason: "approved" } : { kind: "alreadyApproved" };
    case "SESSION_ENDED":
      return { kind: "sessionEnded", reason: endReasonIn(info.metadata["status_reason"]) };
    case "SESSION_MISMATCH":
      return { kind: "mismatch" };
    case "REQUEST_ID_REUSED":
      return { kind: "requestIdReused" };
    case "REQUEST_IN_PROGRESS":
      return { kind: "inProgress" };
    case "DELIVERY_FAILED":
      return { kind: "counted", session: info.metadata["session_id"] ?? "" };
    case undefined:
      // Not the service's word: the connection broke, or the caller gave up.
      if (unknownOutcomes.includes(codeToString(error.code))) return undefined;
  }
  throw error;
}

function endReasonIn(name: string | undefined): EndReason {
  if (name === "ATTEMPTS_EXHAUSTED") return "exhausted";
  return name === "EXPIRED" ? "expired" : "canceled";
}
