import { z } from "zod";
import type { Report } from "../provider.ts";
import { referenceArgument } from "./mail.ts";

const text = z.string().catch("");

/** What is read of an event. A field that is missing or no text is empty. */
export const eventForm = z
  .looseObject({ event: text, type: text, status: text, bounce_classification: text, reason: text })
  .catch({ event: "", type: "", status: "", bounce_classification: "", reason: "" });

type Event = z.output<typeof eventForm>;

/**
 * What an event says of a message, if it says how it ended:
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 *
 * Undefined for the events on the way (`processed`, `deferred`), for those of a mail that
 * has been delivered (`open`, `spamreport` and others), and for mail that is not ours.
 */
export function reportOf(event: Event): Report | undefined {
  const reference = event[referenceArgument];
  if (typeof reference !== "string" || !/^[\w-]{1,100}$/.test(reference)) return undefined;
  switch (event.event) {
    case "delivered":
      return { reference, state: "delivered" };
    case "bounce":
      return { reference, state: "failed", ...bounceOf(event) };
    case "dropped":
      return { reference, state: "failed", ...dropOf(event) };
    default:
      return undefined;
  }
}

type Failure = Required<Pick<Report, "failure" | "detail">>;

/**
 * What SendGrid makes of a mail server's words:
 * https://www.twilio.com/docs/sendgrid/ui/analytics-and-reporting/bounce-and-block-classifications
 */
const failureOfClass: ReadonlyMap<string, Failure["failure"]> = new Map([
  ["Invalid Address", "destinationRefused"],
  ["Content", "blocked"],
  ["Frequency or Volume Too High", "blocked"],
  ["Reputation", "blocked"],
  ["Mailbox Unavailable", "undelivered"],
  ["Technical Failure", "undelivered"],
]);

/** `bounce`: for good, and SendGrid will drop what is sent there next. `blocked`: this time. */
const failureOfType: ReadonlyMap<string, Failure["failure"]> = new Map([
  ["bounce", "destinationRefused"],
  ["blocked", "blocked"],
]);

function bounceOf({ type, status, bounce_classification }: Event): Failure {
  const failure = failureOfClass.get(bounce_classification) ?? failureOfType.get(type);
  const detail = failureOfType.has(type) ? type : "bounce";
  return {
    failure: failure ?? "undelivered",
    // The mail server's enhanced status code (RFC 3463); its words may quote the address.
    detail: /^[245]\.[0-9]{1,3}\.[0-9]{1,3}$/.test(status) ? `${detail} ${status}` : detail,
  };
}

/** Why SendGrid does not even try: https://www.twilio.com/docs/sendgrid/glossary/drops */
const failureOfReason: ReadonlyMap<string, Failure["failure"]> = new Map([
  ["Bounced Address", "destinationRefused"],
  ["Invalid", "destinationRefused"],
  ["Unsubscribed Address", "blocked"],
  ["Spam Reporting Address", "blocked"],
  ["Spam Content", "blocked"],
]);

function dropOf({ reason }: Event): Failure {
  const failure = failureOfReason.get(reason);
  return failure === undefined
    ? { failure: "undelivered", detail: "dropped" }
    : { failure, detail: `dropped: ${reason}` };
}
