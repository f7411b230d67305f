import { z } from "zod";
import { type HttpAnswer, outcomeOfStatus } from "../http.ts";
import { readJson } from "../json.ts";
import type { DeliveryOutcome } from "../provider.ts";
import { errorOf, type Fault, problemForm } from "./error-code.ts";

/** The Messages API names a message by `message_uuid`, the Voice API a call by `uuid`. */
const acceptanceForm = z.object({ message_uuid: z.string().optional(), uuid: z.string().optional() });

/** The one recipient, or a part of it. */
const recipient = /^to(?:$|[.[])/;

const refusalOfFault: Readonly<Record<Fault, "overloaded" | "destinationRefused" | "accountRefused">> = {
  load: "overloaded",
  destination: "destinationRefused",
  blocked: "destinationRefused",
  delivery: "destinationRefused",
  filtered: "accountRefused",
  account: "accountRefused",
};

/** What an answer of either API says. */
export function outcomeOfAnswer(answer: HttpAnswer, nowMs: number): DeliveryOutcome {
  if (answer.status < 300) {
    const { message_uuid, uuid } = readJson(answer.body, acceptanceForm) ?? {};
    const providerMessageId = message_uuid ?? uuid ?? "";
    if (/^[\w-]{1,64}$/.test(providerMessageId)) return { kind: "accepted", providerMessageId };
  }
  const byStatus = outcomeOfStatus(answer, nowMs);
  const problem = readJson(answer.body, problemForm);
  return byStatus.kind === "accountRefused" && problem !== undefined
    ? refusalIn(problem, byStatus.detail)
    : byStatus;
}

function refusalIn(problem: z.infer<typeof problemForm>, status: string): DeliveryOutcome {
  const error = errorOf(problem);
  const detail = error === undefined ? status : `${status} ${error.code}`;
  const names = problem.invalid_parameters ?? [];
  if (names.length > 0 && names.every((name) => recipient.test(name))) {
    return { kind: "destinationRefused", detail };
  }
  return { kind: error === undefined ? "accountRefused" : refusalOfFault[error.fault], detail };
}
