import { type HttpResult, outcomeOfStatus } from "../http.ts";
import type { DeliveryOutcome } from "../provider.ts";

type Answer = Extract<HttpResult, { kind: "answered" }>;

/** The codes that say more than their HTTP status does: https://www.twilio.com/docs/api/errors */
const kindOfCode: ReadonlyMap<number, "destinationRefused" | "accountRefused" | "overloaded"> = new Map([
  [21202, "destinationRefused"], // A premium number.
  [21211, "destinationRefused"], // Not a valid number.
  [21214, "destinationRefused"], // A number that cannot be reached.
  [21216, "destinationRefused"], // Calls to the number are blocked by Twilio.
  [21217, "destinationRefused"], // Not a number that could be valid.
  [21265, "destinationRefused"], // A short code.
  [21266, "destinationRefused"], // The sender's own number.
  [21268, "destinationRefused"], // A premium number.
  [21610, "destinationRefused"], // Opted out.
  [21614, "destinationRefused"], // Not a mobile number.
  [21635, "destinationRefused"], // A landline.
  [14107, "overloaded"], // Too many messages between two numbers.
  [20429, "overloaded"], // Too many requests.
  [21611, "overloaded"], // The sender's queue is full.
  [22005, "overloaded"], // The queue of calls is full.
  [30001, "overloaded"], // The queue of messages is full.
  // The allowance of a day is used up: to wait for seconds, as their status 429 suggests, would not help.
  [30454, "accountRefused"],
  [63038, "accountRefused"],
]);

/** What Twilio's answer says. Every other code of a refusal is about the account, its senders or its permissions. */
export function outcomeOfAnswer(answer: Answer, nowMs: number): DeliveryOutcome {
  const byStatus = outcomeOfStatus(answer, nowMs);
  const { sid, code } = read(answer.body);
  if (answer.status < 300) return sid === undefined ? byStatus : { kind: "accepted", providerMessageId: sid };
  if (answer.status < 400 || answer.status >= 500 || code === undefined) return byStatus;
  const detail = String(code);
  const kind = kindOfCode.get(code) ?? byStatus.kind;
  return kind === byStatus.kind ? { ...byStatus, detail } : { kind, detail };
}

/** The id of a message or a call, and the code of an error, if they have the form of one. */
function read(body: string): { sid?: string; code?: number } {
  try {
    const { sid, code }: { sid?: unknown; code?: unknown } = Object(JSON.parse(body));
    return {
      ...(typeof sid === "string" && /^(SM|MM|CA)[0-9a-fA-F]{32}$/.test(sid) && { sid }),
      ...(typeof code === "number" && Number.isInteger(code) && code > 0 && code < 1_000_000 && { code }),
    };
  } catch {
    return {};
  }
}
