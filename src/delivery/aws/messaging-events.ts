import { z } from "zod";
import type { Report } from "../provider.ts";

const eventSchema = z.object({
  eventType: z.string(),
  isFinal: z.boolean().optional(),
  context: z.object({ passcode_reference: z.string().optional() }).optional(),
});

/** What became of a message, by the type of its final event. */
type Ending = Pick<Report, "state" | "failure">;

const delivered: Ending = { state: "delivered" };
const blocked: Ending = { state: "failed", failure: "blocked" };
const undelivered: Ending = { state: "failed", failure: "undelivered" };
const destinationRefused: Ending = { state: "failed", failure: "destinationRefused" };

/**
 * The events that say how it ended, if they are final.
 *
 * TEXT_SUCCESSFUL says that the carrier took the message. Where it is final, nothing better
 * follows, and AWS has it stand for TEXT_DELIVERED. An account with an agent for RCS sends
 * by that where it can: RCS_FALLEN_BACK_TO_SMS ends nothing, for the events of the SMS follow.
 * https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html
 */
const endings: ReadonlyMap<string, Ending> = new Map([
  ["TEXT_DELIVERED", delivered],
  ["TEXT_SUCCESSFUL", delivered],
  ["TEXT_BLOCKED", blocked],
  ["TEXT_CARRIER_BLOCKED", blocked],
  ["TEXT_PROTECT_BLOCKED", blocked],
  ["TEXT_SPAM", blocked],
  ["TEXT_INVALID", destinationRefused],
  ["TEXT_CARRIER_UNREACHABLE", undelivered],
  ["TEXT_INVALID_MESSAGE", undelivered],
  ["TEXT_TTL_EXPIRED", undelivered],
  ["TEXT_UNKNOWN", undelivered],
  ["TEXT_UNREACHABLE", undelivered],
  ["RCS_DELIVERED", delivered],
  ["RCS_READ", delivered],
  ["RCS_PROTECT_BLOCKED", blocked],
  ["RCS_FAILED", undelivered],
  ["RCS_TTL_EXPIRED", undelivered],
  ["VOICE_COMPLETED", delivered],
  ["VOICE_BUSY", undelivered],
  ["VOICE_FAILED", undelivered],
  ["VOICE_NO_ANSWER", undelivered],
  ["VOICE_TTL_EXPIRED", undelivered],
]);

/**
 * The report in an event of End User Messaging. None if it is not the message's last, or
 * the message not ours; undefined if it is no such event.
 */
export function reportOfMessagingEvent(event: unknown): Report[] | undefined {
  const { success, data } = eventSchema.safeParse(event);
  if (!success) return undefined;
  const ending = data.isFinal === false ? undefined : endings.get(data.eventType);
  const reference = data.context?.passcode_reference;
  if (ending === undefined || reference === undefined) return [];
  return [{ reference, ...ending, ...(ending.failure !== undefined && { detail: data.eventType }) }];
}
