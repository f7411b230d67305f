import { z } from "zod";
import { type HttpAnswer, outcomeOfStatus } from "../http.ts";
import { readJson } from "../json.ts";
import type { DeliveryOutcome } from "../provider.ts";

const jsonObject = z.record(z.string(), z.unknown());

/**
 * What a gateway's answer says.
 *
 * It took charge of the message: 200, 201, 202 or 204, with a JSON object or nothing for a
 * body. `id` in the object is the gateway's own name for the message.
 *
 * It did not: a JSON object with `refused`, with any status. `"destination"`: this message
 * cannot go where it should, and others can. `"account"`: no message goes for now.
 *
 * It did not, and may the next time: 429 or 503, best with Retry-After.
 */
export function outcomeOfAnswer(answer: HttpAnswer, nowMs: number): DeliveryOutcome {
  const { status, body, bodyIsWhole } = answer;
  const said = readJson(body, jsonObject);
  const detail = `HTTP ${status}`;
  if (said?.["refused"] === "destination") return { kind: "destinationRefused", detail };
  if (said?.["refused"] === "account") return { kind: "accountRefused", detail };
  const isAcceptance = acceptances.includes(status) && said?.["refused"] === undefined;
  if (isAcceptance && (said !== undefined || (bodyIsWhole && body === ""))) {
    return { kind: "accepted", ...messageIdIn(said) };
  }
  return outcomeOfStatus(answer, nowMs);
}

const acceptances = [200, 201, 202, 204];

function messageIdIn(said: Readonly<Record<string, unknown>> | undefined): { providerMessageId?: string } {
  const id = said?.["id"];
  return typeof id === "string" && /^[\x21-\x7e]{1,200}$/.test(id) ? { providerMessageId: id } : {};
}
