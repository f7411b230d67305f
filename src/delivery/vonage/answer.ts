import { z } from "zod";
import { outcomeOfError } from "../error-meaning.ts";
import type { HttpAnswer } from "../http.ts";
import { readJson } from "../json.ts";
import type { DeliveryOutcome } from "../provider.ts";
import { errorOf, problemForm } from "./error-code.ts";

/** The Messages API names a message by `message_uuid`, the Voice API a call by `uuid`. */
const acceptanceForm = z.object({ message_uuid: z.string().optional(), uuid: z.string().optional() });

/** The one recipient, or a part of it. */
const recipient = /^to(?:$|[.[])/;

/** What an answer of either API says. */
export function outcomeOfAnswer(answer: HttpAnswer, nowMs: number): DeliveryOutcome {
  if (answer.status < 300) {
    const { message_uuid, uuid } = readJson(answer.body, acceptanceForm) ?? {};
    const providerMessageId = message_uuid ?? uuid ?? "";
    if (/^[\w-]{1,64}$/.test(providerMessageId)) return { kind: "accepted", providerMessageId };
  }
  const problem = answer.status < 400 ? undefined : readJson(answer.body, problemForm);
  const error = problem && errorOf(problem);
  const names = problem?.invalid_parameters ?? [];
  const isOfRecipient = names.length > 0 && names.every((name) => recipient.test(name));
  const meaning = isOfRecipient ? "destinationRefused" : error?.meaning;
  const detail = error && `HTTP ${answer.status} ${error.code}`;
  return outcomeOfError(answer, { meaning, detail }, nowMs);
}
