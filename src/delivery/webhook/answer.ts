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
 * cannot go where it should, and others can. `"blocked"`: it may not, by an opt-out, a
 * filter or a guard against fraud. `"account"`: no message goes for now.
 *
 * It did not, and may the next time: 429 or 503, best with Retry-After.
 *
 * Whatever else goes wrong with it (5xx), the message may have been sent: a proxy in front
 * answers 502 for a gateway that broke down once it had the message.
 */
export function outcomeOfAnswer(answer: HttpAnswer, nowMs: number): DeliveryOutcome {
  const { status, body, bodyIsWhole } = answer;
  const said = readJson(body, jsonObject);
  const refusal = refusals.get(said?.["refused"]);
  if (refusal !== undefined) return { kind: refusal, detail: `HTTP ${status}` };
  const isAcceptance = acceptances.includes(status) && said?.["refused"] === undefined;
  if (isAcceptance && (said !== undefined || (bodyIsWhole && body === ""))) {
    return { kind: "accepted", ...messageIdIn(said) };
  }
  return outcomeOfStatus(answer, nowMs);
}

const refusals: ReadonlyMap<unknown, "destinationRefused" | "blocked" | "accountRefused"> = new Map([
  ["destination", "destinationRefused"],
  ["blocked", "blocked"],
  ["account", "accountRefused"],
]);

const acceptances = [200, 201, 202, 204];

function messageIdIn(said: Readonly<Record<string, unknown>> | undefined): { providerMessageId?: string } {
  const id = said?.["id"];
  return typeof id === "string" && /^[\x21-\x7e]{1,200}$/.test(id) ? { providerMessageId: id } : {};
}
