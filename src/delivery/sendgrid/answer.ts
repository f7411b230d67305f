import { z } from "zod";
import { type HttpAnswer, outcomeOfStatus } from "../http.ts";
import { readJson } from "../json.ts";
import type { DeliveryOutcome } from "../provider.ts";

/** What an answer of the Mail Send API says. Only 202 queues a message: 200 is the answer of the sandbox. */
export function outcomeOfAnswer(answer: HttpAnswer, nowMs: number): DeliveryOutcome {
  const otherwise = outcomeOfStatus(answer, nowMs);
  switch (answer.status) {
    case 202:
      return acceptanceIn(answer) ?? otherwise;
    case 400:
      return refusalIn(answer);
    case 429:
      return { ...untilReset(answer, nowMs), ...otherwise };
    default:
      return otherwise;
  }
}

/** SendGrid's 202 names the message in a header and has no body. Who answers otherwise is not SendGrid. */
function acceptanceIn({ headers, body, bodyIsWhole }: HttpAnswer): DeliveryOutcome | undefined {
  const id = headers["x-message-id"] ?? "";
  if (/^[\w.-]{1,100}$/.test(id)) return { kind: "accepted", providerMessageId: id };
  return bodyIsWhole && body === "" ? { kind: "accepted" } : undefined;
}

/** Where the one recipient is in the mail: `personalizations.0.to.0.email`. */
const recipientField = /^personalizations(\.\d+)?\.to(\.|$)/;

/** The parts of a mail that a field can be of. */
const parts = [
  ...["personalizations", "from", "subject", "content", "headers"],
  ...["mail_settings", "tracking_settings"],
];

const refusal = z.object({ errors: z.array(z.object({ field: z.string().catch("") })) });

/**
 * Every error names the field at fault, or null:
 * https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors
 */
function refusalIn({ body }: HttpAnswer): DeliveryOutcome {
  const fields = (readJson(body, refusal)?.errors ?? []).map(({ field }) => field);
  if (fields.length > 0 && fields.every((field) => recipientField.test(field))) {
    return { kind: "destinationRefused", detail: "HTTP 400 personalizations.to" };
  }
  const atFault = parts.filter((part) => fields.some((field) => field.split(".")[0] === part));
  return { kind: "accountRefused", detail: ["HTTP 400", ...atFault].join(" ") };
}

/**
 * The second from which requests are taken again:
 * https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits
 */
function untilReset({ headers }: HttpAnswer, nowMs: number): { retryAfterMs?: number } {
  const reset = headers["x-ratelimit-reset"] ?? "";
  return /^[0-9]{9,11}$/.test(reset) ? { retryAfterMs: Math.max(0, Number(reset) * 1_000 - nowMs) } : {};
}
