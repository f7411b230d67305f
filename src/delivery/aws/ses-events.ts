import { z } from "zod";
import type { Report } from "../provider.ts";

const eventSchema = z.object({
  eventType: z.string(),
  mail: z.object({ tags: z.object({ passcode_reference: z.array(z.string()).optional() }).optional() }),
  bounce: z
    .object({
      bounceType: z.string(),
      bounceSubType: z.string().optional(),
      bouncedRecipients: z.array(z.object({ status: z.string().optional() })).optional(),
    })
    .optional(),
  complaint: z.object({ complaintSubType: z.string().nullish() }).optional(),
});

type SesEvent = z.infer<typeof eventSchema>;

/**
 * The report in an event of SES. None if it says nothing final, or the mail is not ours;
 * undefined if it is no such event.
 * https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 */
export function reportOfSesEvent(event: unknown): Report[] | undefined {
  const { success, data } = eventSchema.safeParse(event);
  if (!success) return undefined;
  const reference = data.mail.tags?.passcode_reference?.[0];
  const ending = endingOf(data);
  return reference === undefined || ending === undefined ? [] : [{ reference, ...ending }];
}

function endingOf({ eventType, bounce, complaint }: SesEvent): Omit<Report, "reference"> | undefined {
  switch (eventType) {
    case "Delivery":
      return { state: "delivered" };
    case "Bounce":
      return bounce && { state: "failed", failure: failureOf(bounce), detail: detailOf(bounce) };
    case "Complaint":
      // Any other complaint is of a mail that was delivered, which its own event says.
      return complaint?.complaintSubType === suppressed
        ? { state: "failed", failure: "blocked", detail: `Complaint ${suppressed}` }
        : undefined;
    case "Reject":
      return { state: "failed", failure: "blocked", detail: "Reject" };
    case "Rendering Failure":
      return { state: "failed", failure: "undelivered", detail: "Rendering Failure" };
    default:
      return undefined;
  }
}

type Bounce = NonNullable<SesEvent["bounce"]>;

const suppressed = "OnAccountSuppressionList";

/** Subtypes that say that somebody will not have this mail, rather than that it found nobody. */
const blockedSubTypes = new Set([suppressed, "Suppressed", "UnsubscribedRecipient", "ContentRejected"]);

function failureOf(bounce: Bounce): NonNullable<Report["failure"]> {
  // RFC 3463: X.7.X is about security and policy, such as what a spam filter refuses.
  if (blockedSubTypes.has(bounce.bounceSubType ?? "") || /\.7\./.test(statusOf(bounce) ?? ""))
    return "blocked";
  return bounce.bounceType === "Permanent" ? "destinationRefused" : "undelivered";
}

function detailOf(bounce: Bounce): string {
  const words = [bounce.bounceType, bounce.bounceSubType].filter(
    (word) => word !== undefined && /^[A-Za-z]{1,40}$/.test(word),
  );
  return ["Bounce", ...words, statusOf(bounce) ?? []].flat().join(" ");
}

/** The enhanced status code of the other mail server; its words stay out, for they may quote the address. */
function statusOf({ bouncedRecipients }: Bounce): string | undefined {
  const status = bouncedRecipients?.[0]?.status ?? "";
  return /^[245]\.[0-9]{1,3}\.[0-9]{1,3}$/.test(status) ? status : undefined;
}
