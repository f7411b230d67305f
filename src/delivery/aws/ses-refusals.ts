import type { Refusal } from "./refusal.ts";

/**
 * What the error codes of SendEmail mean.
 *
 * Those about the account need no entry, for that is what an unknown 400 is taken for: it
 * is suspended, paused or over its quota, its sender or its domain is not verified.
 * https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
 */
export const sesRefusals: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ["TooManyRequestsException", "overloaded"],
  // "Invalid email address": of all that we send, only the address is not our own.
  ["BadRequestException", "destinationRefused"],
]);
