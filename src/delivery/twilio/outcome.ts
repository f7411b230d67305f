import { z } from "zod";
import { type HttpAnswer, outcomeOfStatus } from "../http.ts";
import { readJson } from "../json.ts";
import type { DeliveryOutcome } from "../provider.ts";

/** The id of a message or a call, and the code of an error, if they have the form of one. */
const answerForm = z.object({
  sid: z
    .string()
    .regex(/^(SM|MM|CA)[0-9a-fA-F]{32}$/)
    .optional()
    .catch(undefined),
  code: z.int().min(1).max(999_999).optional().catch(undefined),
});

/** The codes that say more than their HTTP status does: https://www.twilio.com/docs/api/errors */
const kindOfCode: ReadonlyMap<number, "destinationRefused" | "accountRefused" | "overloaded"> = new Map([
  [14107, "destinationRefused"], // Too many messages to the number: anybody can have one number sent many.
  [21202, "destinationRefused"], // A premium number.
  [21211, "destinationRefused"], // Not a valid number.
  [21214, "destinationRefused"], // A number that cannot be reached.
  [21216, "destinationRefused"], // Calls to the number are blocked by Twilio.
  [21217, "destinationRefused"], // Not a number that could be valid.
  [21265, "destinationRefused"], // A short code.
  [21266, "destinationRefused"], // The sender's own number.
  [21268, "destinationRefused"], // A premium number.
  [21610, "destinationRefused"], // Opted out.
  [21612, "destinationRefused"], // This sender cannot reach this number, which says nothing about others.
  [21614, "destinationRefused"], // Not a mobile number.
  [21635, "destinationRefused"], // A landline.
  [20429, "overloaded"], // Too many requests.
  [21611, "overloaded"], // The sender's queue is full.
  [22005, "overloaded"], // The queue of calls is full.
  [30001, "overloaded"], // The queue of messages is full.
  // The allowance of a day is used up: to wait for seconds, as their status 429 suggests, would not help.
  [30454, "accountRefused"],
  [63038, "accountRefused"],
]);

/** What Twilio's answer says. Every other code of a refusal is about the account, its senders or its permissions. */
export function outcomeOfAnswer(answer: HttpAnswer, nowMs: number): DeliveryOutcome {
  const byStatus = outcomeOfStatus(answer, nowMs);
  const { sid, code } = readJson(answer.body, answerForm) ?? {};
  if (answer.status < 300) return sid === undefined ? byStatus : { kind: "accepted", providerMessageId: sid };
  if (answer.status < 400 || answer.status >= 500 || code === undefined) return byStatus;
  const detail = String(code);
  const kind = kindOfCode.get(code) ?? byStatus.kind;
  return kind === byStatus.kind ? { ...byStatus, detail } : { kind, detail };
}
