import { Code } from "@connectrpc/connect";
import {
  BadRequestSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from "../../gen/google/rpc/error_details_pb.ts";
import { ErrorReason } from "../../gen/passcode/v1/error_reason_pb.ts";
import type { Refusal } from "../ledger/limits.ts";
import type { InvalidField } from "../passcode/plan-send.ts";
import type { DeliveryFailed } from "../passcode/send-passcode.ts";
import { deliveryFailureName } from "./convert.ts";
import { type Detail, detail, type Failure, failure } from "./failure.ts";

/** One or more fields at fault; `why` reads after the field's name. */
export function badRequest(
  reason: ErrorReason,
  fields: readonly { field: string; why: string }[],
  metadata: Readonly<Record<string, string>> = {},
): Failure {
  const fieldViolations = fields.map(({ field, why }) => ({ field, description: why }));
  const message = fields.map(({ field, why }) => `${field || "request"}: ${why}`).join("; ");
  return failure(Code.InvalidArgument, reason, message, {
    metadata,
    details: [detail(BadRequestSchema, { fieldViolations })],
  });
}

const invalidReasons: Record<InvalidField["reason"], ErrorReason> = {
  destinationInvalid: ErrorReason.DESTINATION_INVALID,
  destinationNotAllowed: ErrorReason.DESTINATION_NOT_ALLOWED,
  channelNotOffered: ErrorReason.CHANNEL_NOT_OFFERED,
  policyUnknown: ErrorReason.POLICY_UNKNOWN,
  fixedLine: ErrorReason.FIXED_LINE,
  transactionMissing: ErrorReason.INVALID_REQUEST,
  variableNotAllowed: ErrorReason.INVALID_REQUEST,
  messageUnfit: ErrorReason.INVALID_REQUEST,
  autofillNotListed: ErrorReason.INVALID_REQUEST,
};

export function invalidField(invalid: InvalidField): Failure {
  return badRequest(invalidReasons[invalid.reason], [invalid], invalid.metadata);
}

const limits: Record<Refusal["rule"], { reason: ErrorReason; says: (refusal: Refusal) => string }> = {
  cooldown: {
    reason: ErrorReason.COOLDOWN,
    says: () => "a session of this destination used all its tries; the destination takes no send for now",
  },
  sendLimit: {
    reason: ErrorReason.SEND_LIMIT,
    says: ({ limit, windowMs }) => `this destination takes ${limit} sends in ${windowMs / 1000} s`,
  },
  verifyLimit: {
    reason: ErrorReason.VERIFY_LIMIT,
    says: ({ limit, windowMs }) => `a session takes ${limit} verifications in ${windowMs / 1000} s`,
  },
  guessBudget: {
    reason: ErrorReason.GUESS_BUDGET,
    says: ({ limit, windowMs }) => `this destination takes ${limit} wrong codes in ${windowMs / 1000} s`,
  },
};

/** A refusal of R6 to R9: its rule, its scope, what is left and when to come back (R16). */
export function limitReached(refusal: Refusal): Failure {
  const { reason, says } = limits[refusal.rule];
  const waitMs = Math.max(1, refusal.retryAtMs - refusal.atMs);
  const message = `${says(refusal)}; try again in ${Math.ceil(waitMs / 1000)} s`;
  const quotaMetric = `passcode.v1/${refusal.rule}`;
  const violation = {
    subject: refusal.scope,
    description: message,
    quotaMetric,
    quotaValue: BigInt(refusal.limit),
  };
  return failure(Code.ResourceExhausted, reason, message, {
    metadata: {
      rule: refusal.rule,
      scope: refusal.scope,
      limit: String(refusal.limit),
      window: `${refusal.windowMs / 1000}s`,
      remaining: "0",
      retry_time: new Date(refusal.retryAtMs).toISOString(),
    },
    details: [retryIn(waitMs), detail(QuotaFailureSchema, { violations: [violation] })],
    retryAfterSeconds: Math.ceil(waitMs / 1000),
  });
}

function retryIn(ms: number): Detail {
  return detail(RetryInfoSchema, {
    retryDelay: { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 },
  });
}

export function requestInProgress(): Failure {
  return failure(
    Code.Aborted,
    ErrorReason.REQUEST_IN_PROGRESS,
    "the first call with this request_id is still under way",
    { details: [retryIn(1_000)], retryAfterSeconds: 1 },
  );
}

/** There is no room for one more send: of this API key (R26), or with any provider that could take it. Nothing counts. */
export function busy(
  scope: "apiKey" | "provider",
  { sessionId, waitMs = 1_000 }: { sessionId?: string | undefined; waitMs?: number | undefined } = {},
): Failure {
  const why = {
    apiKey: "this API key has as many sends in hand as it may",
    provider: "no provider had room for the message in time, and nothing was sent",
  };
  const seconds = Math.ceil(waitMs / 1000);
  return failure(
    Code.ResourceExhausted,
    ErrorReason.BUSY,
    `${why[scope]}; it does not count as a send; try again in ${seconds} s`,
    {
      metadata: { scope, ...(sessionId !== undefined && { session_id: sessionId }) },
      details: [retryIn(Math.ceil(waitMs))],
      retryAfterSeconds: seconds,
    },
  );
}

export function deliveryFailed({ sessionId, provider, failure: why, counts }: DeliveryFailed): Failure {
  const kind = deliveryFailureName(why);
  const became = why === "noAnswer" ? "may have been sent" : counts ? "was not delivered" : "was not sent";
  const next = sessionId === undefined ? "no session is open" : "the session takes another send";
  return failure(
    Code.Unavailable,
    ErrorReason.DELIVERY_FAILED,
    `the message ${became} (${kind}); it ${counts ? "counts" : "does not count"} as a send, and ${next}`,
    {
      metadata: { ...(sessionId !== undefined && { session_id: sessionId }), provider, failure: kind },
      // Repeated by itself, it would count again.
      ...(counts && { retriable: false }),
    },
  );
}

export const requestIdReused = badRequest(ErrorReason.REQUEST_ID_REUSED, [
  { field: "request_id", why: "was used before with other content" },
]);

export const profileUnknown = badRequest(ErrorReason.PROFILE_UNKNOWN, [
  { field: "profile", why: "is not a profile of this service" },
]);

export const sessionNotFound = failure(
  Code.NotFound,
  ErrorReason.SESSION_NOT_FOUND,
  "this profile has no such session, for this destination where one is named",
);

export const sessionApproved = failure(
  Code.FailedPrecondition,
  ErrorReason.SESSION_APPROVED,
  "the session was approved before",
);

export const credentialsInvalid = failure(
  Code.Unauthenticated,
  ErrorReason.CREDENTIALS_INVALID,
  "an API key of this service is needed, as `authorization: Bearer <key>`",
);

export const profileForbidden = failure(
  Code.PermissionDenied,
  ErrorReason.PROFILE_FORBIDDEN,
  "this API key does not allow this profile",
);

export const storeUnavailable = failure(
  Code.Unavailable,
  ErrorReason.STORE_UNAVAILABLE,
  "the limits cannot be counted now: no message was sent, and no decision is known; repeat with the same request_id",
);

export const callExpired = failure(
  Code.DeadlineExceeded,
  ErrorReason.CALL_EXPIRED,
  "the call's time was over when it came; nothing was done or counted",
);

export const internal = failure(Code.Internal, ErrorReason.INTERNAL, "internal error");
