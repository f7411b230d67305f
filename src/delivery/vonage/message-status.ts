import { z } from "zod";
import { failureOf } from "../error-meaning.ts";
import type { Report } from "../provider.ts";
import { errorOf, problemForm } from "./error-code.ts";

/** https://developer.vonage.com/en/api/messages#message-status */
export const messageStatusForm = z.object({
  message_uuid: z.string(),
  status: z.string(),
  /** The reference that the message was sent with. */
  client_ref: z.string().optional(),
  error: problemForm.optional().catch(undefined),
});

/** Undefined for a status that is not final. */
export function reportOfMessage(
  { status, error }: z.infer<typeof messageStatusForm>,
  reference: string,
): Report | undefined {
  // No SMS is known to have been read, but what was read was delivered.
  if (status === "delivered" || status === "read") return { reference, state: "delivered" };
  if (status !== "rejected" && status !== "undeliverable") return undefined;
  const known = error && errorOf(error);
  return {
    reference,
    state: "failed",
    failure: failureOf(known?.meaning),
    detail: known === undefined ? status : `${status} ${known.code}`,
  };
}
