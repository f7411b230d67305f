import type { CancelSessionAnswer } from "../../src/passcode/cancel-session.ts";
import type { GetSessionAnswer } from "../../src/passcode/get-session.ts";
import type { SendAnswer } from "../../src/passcode/send-passcode.ts";
import type { VerifyAnswer } from "../../src/passcode/verify-passcode.ts";
import type { Answer } from "../model/model.ts";

export type Told = SendAnswer | VerifyAnswer | GetSessionAnswer | CancelSessionAnswer;

type View = Extract<Told, { view: unknown }>["view"];

/** What a call was answered, in the model's words. A repeated call is told what was told first, but for the sends that are left, which may be today's. */
export function inModelWords(told: Told, sessionId: string, isRepeated: boolean): Partial<Answer> {
  switch (told.kind) {
    case "sent":
      return { kind: "counted", session: told.sessionId, ...viewed(told.view, isRepeated) };
    case "deliveryFailed":
      return { kind: "counted", ...(told.sessionId !== undefined && { session: told.sessionId }) };
    case "inProgress":
      return { kind: "inProgress" };
    case "compared":
    case "ended":
      return {
        kind: "decision",
        session: sessionId,
        ...viewed(told.view, isRepeated),
        compared: told.kind === "compared",
      };
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
    case "busy":
      throw new Error("the rules of a destination know nothing of busy callers");
  }
}

function viewed(view: View, isRepeated = false): Partial<Answer> {
  const { status, reason, attempts, attemptsRemaining, sendsRemaining, nextSendMs, session } = view;
  return {
    status,
    ...(reason !== undefined && { reason }),
    attempts,
    attemptsRemaining,
    ...(!isRepeated && { sendsRemaining, nextSendMs: nextSendMs ?? 0 }),
    expiresMs: session.expiresMs,
  };
}
