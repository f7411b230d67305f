import { meaningsOf } from "../error-meaning.ts";

/**
 * The names that services of AWS throttle by, most with status 400: those the SDK repeats
 * for, https://github.com/smithy-lang/smithy-typescript, in its service-error-classification,
 * but for LimitExceededException, which SES says of what an account may have.
 */
const throttles = [
  "BandwidthLimitExceeded",
  "EC2ThrottledException",
  "ProvisionedThroughputExceededException",
  "PriorRequestNotComplete",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "TransactionInProgressException",
];

/**
 * What the codes of SendTextMessage and SendVoiceMessage mean: an exception, an exception
 * and its reason, or these and the field at fault.
 * https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html#API_SendTextMessage_Errors
 *
 * Those about the account need no entry, for that is what an unknown 400 is taken for:
 * countries it may not send to, senders it may not use, its spending limit, numbers not
 * yet verified while it is in the sandbox.
 */
export const messagingErrors = meaningsOf<string>({
  destinationRefused: [
    "ValidationException INVALID_PARAMETER DestinationPhoneNumber",
    "ValidationException FIELD_VALIDATION_FAILED DestinationPhoneNumber",
    "ValidationException CANNOT_PARSE DestinationPhoneNumber",
  ],
  blocked: [
    "ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT",
    "ConflictException DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
    "ConflictException DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
    "ValidationException DESTINATION_COUNTRY_BLOCKED",
    // Of one number: anybody can have one number called.
    "ServiceQuotaExceededException DAILY_DESTINATION_CALL_LIMIT",
  ],
  overloaded: throttles,
});

/**
 * What the codes of SendEmail mean.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
 *
 * None is about the address. BadRequestException may be, as well as about the sender, the
 * subject or a header, and who believes that an address is bad deletes it.
 */
export const sesErrors = meaningsOf<string>({ overloaded: throttles });
