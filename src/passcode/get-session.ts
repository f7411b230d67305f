import { readSession, type SessionOutcome } from "../ledger/cancel.ts";
import { locateSession, type Passcodes, type ProfileUnknown, updateLedger } from "./passcodes.ts";

export type GetSessionAnswer = SessionOutcome | ProfileUnknown;

/** Reads a session, ended ones too. Changes and counts nothing. */
export async function getSession(
  passcodes: Passcodes,
  request: { profile: string; sessionId: string },
): Promise<GetSessionAnswer> {
  const located = locateSession(passcodes, request);
  if (located.kind !== "located") return located;
  const { profile, reference } = located;
  return await updateLedger(passcodes, reference.ledger, (before, nowMs) =>
    readSession(before, reference.id, profile.policies, nowMs),
  );
}
