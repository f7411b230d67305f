import { z } from "zod";
import type { Report } from "../provider.ts";

/**
 * https://developer.vonage.com/en/voice/voice-api/webhook-reference#event-webhook
 *
 * Every event is of a conversation. Those that are not about the state of the call have no status.
 */
export const callEventForm = z.object({
  conversation_uuid: z.string(),
  status: z.string().optional(),
  detail: z.string().optional().catch(undefined),
  /** Seconds. */
  duration: z.union([z.string(), z.number()]).optional().catch(undefined),
});

type Failure = NonNullable<Report["failure"]>;

/** The states in which a call ends that nobody answered. */
const failureOfStatus: ReadonlyMap<string, Failure> = new Map([
  ["busy", "undelivered"],
  ["cancelled", "undelivered"],
  ["failed", "undelivered"],
  ["rejected", "undelivered"],
  ["timeout", "undelivered"],
  ["unanswered", "undelivered"],
]);

/** What says more than the state does. */
const failureOfDetail: ReadonlyMap<string, Failure> = new Map([
  ["cannot_route", "destinationRefused"],
  ["invalid_number", "destinationRefused"],
  ["number_out_of_service", "destinationRefused"],
  ["restricted", "blocked"],
  ["carrier_timeout", "undelivered"],
  ["declined", "undelivered"],
  ["internal_error", "undelivered"],
  ["timeout", "undelivered"],
  ["unavailable", "undelivered"],
]);

/**
 * Undefined for an event that is not final.
 *
 * A call counts as delivered once it is over and took any time at all: it was answered, if
 * only by a voicemail, and nobody can tell whether it was listened to.
 */
export function reportOfCall(
  { status = "", detail = "", duration }: z.infer<typeof callEventForm>,
  reference: string,
): Report | undefined {
  if (status === "completed") {
    return duration !== undefined && Number(duration) === 0
      ? { reference, state: "failed", failure: "undelivered", detail: "completed at once" }
      : { reference, state: "delivered" };
  }
  const byStatus = failureOfStatus.get(status);
  if (byStatus === undefined) return undefined;
  const byDetail = failureOfDetail.get(detail);
  return {
    reference,
    state: "failed",
    failure: byDetail ?? byStatus,
    detail: byDetail === undefined ? status : `${status} ${detail}`,
  };
}
