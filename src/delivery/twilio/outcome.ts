import { z } from "zod";
import { outcomeOfError } from "../error-meaning.ts";
import type { HttpAnswer } from "../http.ts";
import { readJson } from "../json.ts";
import type { DeliveryOutcome } from "../provider.ts";
import { meaningOfCode } from "./error-codes.ts";

/** The id of a message or a call, and the code of an error, if they have the form of one. */
const answerForm = z.object({
  sid: z
    .string()
    .regex(/^(SM|MM|CA)[0-9a-fA-F]{32}$/)
    .optional()
    .catch(undefined),
  code: z.int().min(1).max(999_999).optional().catch(undefined),
});

/** What Twilio's answer says, by its status and its code. */
export function outcomeOfAnswer(answer: HttpAnswer, nowMs: number): DeliveryOutcome {
  const { sid, code } = readJson(answer.body, answerForm) ?? {};
  if (answer.status < 300 && sid !== undefined) return { kind: "accepted", providerMessageId: sid };
  if (answer.status < 400 || code === undefined) return outcomeOfError(answer, { meaning: undefined }, nowMs);
  return outcomeOfError(answer, { meaning: meaningOfCode.get(code), detail: String(code) }, nowMs);
}
