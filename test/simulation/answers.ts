import type { CancelSessionAnswer } from "../../src/passcode/cancel-session.ts";
import type { GetSessionAnswer } from "../../src/passcode/get-session.ts";
import type { SendAnswer } from "../../src/passcode/send-passcode.ts";
import type { VerifyAnswer } from "../../src/passcode/verify-passcode.ts";
import type { Answer } from "../model/model.ts";

export type Told = SendAnswer | VerifyAnswer | GetSessionAnswer | CancelSessionAnswer;

type View = Extract<Told, { view: unknown }>["view"];

/** What a call was answered, in the model's words. A repeated call's answer is told as first given, of which only this much is compared. */
export function inModelWords(told: Told, sessionId: string, isRepeated: boolean): Partial<Answer> {
  switch (told.kind) {
    case "sent":
      if (isRepeated) return { kind: "counted", session: told.sessionId, attempts: told.view.attempts };
      return { kind: "counted", session: told.sessionId, ...viewed(told.view) };
    case "deliveryFailed":
      return { kind: "counted", session: told.sessionId };
    case "inProgress":
      return { kind: "inProgress" };
    case "compared":
    case "ended":
      return isRepeated
        ? { kind: "decision", session: sessionId, status: told.view.status, attempts: told.view.attempts }
        : { kind: "decision", session: sessionId, ...viewed(told.view), compared: told.kind === "compared" };
    case "session":
      return { kind: "session", session: sessionId, ...viewed(told.view) };
    case "refused":
      return { kind: "refused", rule: told.refusal.rule, retryAtMs: told.refusal.retryAtMs };
    case "alreadyApproved":
    case "malformed":
    case "requestIdReused":
      return { kind: told.kind };
    case "sessionNotFound":
      return { kind: "notFound" };
    case "sessionEnded":
      return { kind: "sessionEnded", reason: told.reason };
    case "sessionMismatch":
      return { kind: "mismatch" };
    case "invalid":
    case "profileUnknown":
      throw new Error(`nothing in a script is ${told.kind}`);
  }
}

function viewed(view: View): Partial<Answer> {
  const { status, reason, attempts, attemptsRemaining, sendsRemaining, nextSendMs, session } = view;
  return {
    status,
    ...(reason !== undefined && { reason }),
    attempts,
    attemptsRemaining,
    sendsRemaining,
    nextSendMs: nextSendMs ?? 0,
    expiresMs: session.expiresMs,
  };
}
