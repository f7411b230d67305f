import { type ErrorMeaning, outcomeOfError } from "../error-meaning.ts";
import type { HttpAnswer } from "../http.ts";
import type { DeliveryOutcome } from "../provider.ts";

/** The outcome of an answer that is not a message id, by its status and what the service's codes mean. */
export function refusalOf(
  answer: Pick<HttpAnswer, "status" | "headers">,
  error: unknown,
  meanings: ReadonlyMap<string, ErrorMeaning>,
  nowMs: number,
): DeliveryOutcome {
  const codes = answer.status >= 400 ? codesOf(error) : [];
  const meaning = codes.map((code) => meanings.get(code)).find((one) => one !== undefined);
  return outcomeOfError(answer, { meaning, detail: codes[0] }, nowMs);
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
