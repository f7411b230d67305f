import type { Refusal } from "./refusal.ts";

/**
 * What the error codes of SendTextMessage and SendVoiceMessage mean. All come with status 400.
 *
 * Those about the account need no entry, for that is what an unknown 400 is taken for:
 * countries it may not send to, senders it may not use, its spending limit, numbers not
 * yet verified while it is in the sandbox.
 * https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html#API_SendTextMessage_Errors
 */
export const messagingRefusals: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ["ThrottlingException", "overloaded"],
  ["ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT", "destinationRefused"],
  ["ConflictException DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", "destinationRefused"],
  // Of one number, so it must not count against the account: anybody can have one number called.
  ["ServiceQuotaExceededException DAILY_DESTINATION_CALL_LIMIT", "destinationRefused"],
  ["ValidationException INVALID_PARAMETER DestinationPhoneNumber", "destinationRefused"],
  ["ValidationException FIELD_VALIDATION_FAILED DestinationPhoneNumber", "destinationRefused"],
  ["ValidationException CANNOT_PARSE DestinationPhoneNumber", "destinationRefused"],
]);
