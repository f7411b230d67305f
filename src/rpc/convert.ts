import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { SendPasscodeRequest } from "../../gen/passcode/v1/passcode_service_pb.ts";
import {
  Channel,
  DeliveryFailure,
  DeliveryFailureSchema,
  DeliveryState,
  type Session,
  SessionSchema,
  Status,
  StatusReason,
  StatusReasonSchema,
  StatusSchema,
} from "../../gen/passcode/v1/session_pb.ts";
import type { Channel as LedgerChannel } from "../ledger/channel.ts";
import { type DeliveryStanding, standingOf } from "../ledger/delivery-standing.ts";
import type { Delivery, HandoverState } from "../ledger/ledger.ts";
import type { EndReason, SessionView, Status as ViewStatus } from "../ledger/view.ts";
import { asLanguageTag } from "../message/locale-choice.ts";
import type { SendRequest } from "../passcode/plan-send.ts";
import { enumName } from "./failure.ts";

/*
 * Translation between the schema's words and the domain's. Requests have been
 * validated; defaults of the contract are filled in here and nowhere else.
 */

export const defaultProfile = "default";

const channelsIn = new Map<Channel, LedgerChannel>([
  [Channel.SMS, "sms"],
  [Channel.VOICE, "voice"],
  [Channel.EMAIL, "email"],
]);
const channelsOut: Record<LedgerChannel, Channel> = {
  sms: Channel.SMS,
  voice: Channel.VOICE,
  email: Channel.EMAIL,
};
const statusesOut: Record<ViewStatus, Status> = {
  pending: Status.PENDING,
  approved: Status.APPROVED,
  reject: Status.REJECT,
};
const reasonsOut: Record<EndReason, StatusReason> = {
  expired: StatusReason.EXPIRED,
  exhausted: StatusReason.ATTEMPTS_EXHAUSTED,
  canceled: StatusReason.CANCELED,
};
type Failed = Exclude<DeliveryStanding["state"] | HandoverState, "sending" | "accepted" | "delivered">;

const failuresOut: Record<Failed, DeliveryFailure> = {
  destinationRefused: DeliveryFailure.DESTINATION_REFUSED,
  accountRefused: DeliveryFailure.ACCOUNT_REFUSED,
  overloaded: DeliveryFailure.OVERLOADED,
  busy: DeliveryFailure.BUSY,
  unreachable: DeliveryFailure.UNREACHABLE,
  noAnswer: DeliveryFailure.NO_ANSWER,
  canceled: DeliveryFailure.CANCELED,
  noSuchDestination: DeliveryFailure.DESTINATION_REFUSED,
  accountAtFault: DeliveryFailure.ACCOUNT_REFUSED,
  blocked: DeliveryFailure.BLOCKED,
  undelivered: DeliveryFailure.UNDELIVERED,
};

export function deliveryFailureName(failure: Failed): string {
  const name = DeliveryFailureSchema.value[failuresOut[failure]]?.name ?? "";
  return enumName(name, "DELIVERY_FAILURE_");
}

export function statusReasonName(reason: EndReason): string {
  return enumName(StatusReasonSchema.value[reasonsOut[reason]]?.name ?? "", "STATUS_REASON_");
}

export function sendRequest(request: SendPasscodeRequest): SendRequest {
  const { destination, autofill } = request;
  return {
    profile: request.profile || defaultProfile,
    destination: {
      kind: destination.case === "phoneNumber" ? "phone" : "email",
      address: destination.value ?? "",
    },
    channel: channelsIn.get(request.channel),
    sessionId: request.sessionId,
    locale: asLanguageTag(request.locale),
    purpose: request.purpose,
    transaction: request.transaction,
    variables: request.variables,
    autofill:
      autofill.case === "autofillWebHost"
        ? { kind: "web", host: autofill.value.toLowerCase() }
        : autofill.case === "autofillAndroidHash"
          ? { kind: "android", hash: autofill.value }
          : undefined,
    policy: request.policy,
    requestId: request.requestId,
    deviceId: request.endUser?.deviceId ?? "",
  };
}

/** The fields that the responses of SendPasscode and VerifyPasscode share. */
export function answerFields(sessionId: string, view: SessionView) {
  return {
    sessionId,
    attemptCount: view.attempts,
    status: statusesOut[view.status],
    reason: reasonOf(view),
    attemptsRemaining: view.attemptsRemaining,
    sendsRemaining: view.sendsRemaining,
    expireTime: timestampFromMs(view.session.expiresMs),
    ...(view.nextSendMs !== undefined && { nextSendTime: timestampFromMs(view.nextSendMs) }),
    channel: channelsOut[view.channel],
    maskedDestination: view.session.masked,
  };
}

export function sessionMessage(sessionId: string, view: SessionView): Session {
  const { session } = view;
  return create(SessionSchema, {
    sessionId,
    attemptCount: view.attempts,
    status: statusesOut[view.status],
    reason: reasonOf(view),
    attemptsRemaining: view.attemptsRemaining,
    expireTime: timestampFromMs(session.expiresMs),
    createTime: timestampFromMs(session.openedMs),
    ...(view.endedMs !== undefined && { endTime: timestampFromMs(view.endedMs) }),
    maskedDestination: session.masked,
    deliveries: session.deliveries.map(deliveryMessage),
  });
}

function deliveryMessage(delivery: Delivery) {
  const { state, provider, sinceMs } = standingOf(delivery);
  return {
    channel: channelsOut[delivery.channel],
    provider,
    ...deliveryState(state),
    createTime: timestampFromMs(delivery.atMs),
    ...(sinceMs !== undefined && { updateTime: timestampFromMs(sinceMs) }),
  };
}

function reasonOf(view: SessionView): StatusReason {
  return view.reason === undefined ? StatusReason.UNSPECIFIED : reasonsOut[view.reason];
}

function deliveryState(state: DeliveryStanding["state"]): {
  state: DeliveryState;
  failure?: DeliveryFailure;
} {
  if (state === "sending") return { state: DeliveryState.SENDING };
  if (state === "accepted") return { state: DeliveryState.ACCEPTED };
  if (state === "delivered") return { state: DeliveryState.DELIVERED };
  const failed = state === "noAnswer" ? DeliveryState.UNKNOWN : DeliveryState.FAILED;
  return { state: failed, failure: failuresOut[state] };
}

/** A decision in words, for the log. */
export function decision({ status, reason }: { status: Status; reason: StatusReason }) {
  return {
    status: enumName(StatusSchema.value[status]?.name ?? "", "STATUS_"),
    ...(reason !== StatusReason.UNSPECIFIED && {
      reason: enumName(StatusReasonSchema.value[reason]?.name ?? "", "STATUS_REASON_"),
    }),
  };
}
