import { type HttpAnswer, outcomeOfStatus } from "../http.ts";
import type { DeliveryOutcome } from "../provider.ts";

/** What a refusal of a service is about. */
export type Refusal = "destinationRefused" | "accountRefused" | "overloaded";

/**
 * The outcome of an answer that is not a message id.
 *
 * `meanings` has the service's codes that its status alone, mostly 400, does not explain:
 * an exception, or an exception and its reason.
 */
export function refusalOf(
  answer: Pick<HttpAnswer, "status" | "headers">,
  error: unknown,
  meanings: ReadonlyMap<string, Refusal>,
  nowMs: number,
): DeliveryOutcome {
  const codes = answer.status >= 400 && answer.status < 500 ? codesOf(error) : [];
  const code = codes.find((one) => meanings.has(one));
  const meaning = code === undefined ? undefined : meanings.get(code);
  const outcome = outcomeOfStatus(meaning === "overloaded" ? { ...answer, status: 429 } : answer, nowMs);
  const detail = codes[0] ?? outcome.detail;
  if (meaning === undefined || meaning === "overloaded") return { ...outcome, detail };
  return { kind: meaning, detail };
}

/** What the SDK makes of an error that a service answers. */
interface ServiceException {
  $fault: unknown;
  name: string;
  Reason?: unknown;
  Fields?: unknown;
}

/**
 * The codes of a service's error, the most telling first: `Exception Reason Field` where
 * a single field is at fault, `Exception Reason`, `Exception`. None if it is not a
 * service's. The message with it is left out, for it quotes what was sent.
 */
function codesOf(error: unknown): string[] {
  if (!isServiceException(error) || error.name === "Unknown" || !isCode(error.name)) return [];
  const { name, Reason, Fields } = error;
  if (!isCode(Reason)) return [name];
  const field = Array.isArray(Fields) && Fields.length === 1 ? nameOf(Fields[0]) : undefined;
  const withReason = `${name} ${Reason}`;
  return [...(isCode(field) ? [`${withReason} ${field}`] : []), withReason, name];
}

function isServiceException(error: unknown): error is ServiceException {
  return error instanceof Error && "$fault" in error;
}

function isCode(text: unknown): text is string {
  return typeof text === "string" && /^[A-Z][A-Za-z_]{2,79}$/.test(text);
}

function nameOf(field: unknown): unknown {
  return typeof field === "object" && field !== null && "Name" in field ? field.Name : undefined;
}
