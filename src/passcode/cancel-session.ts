import { type CancelOutcome, decideCancel } from "../ledger/cancel.ts";
import { locateSession, type Passcodes, type ProfileUnknown, updateLedger } from "./passcodes.ts";

export type CancelSessionAnswer = CancelOutcome | ProfileUnknown;

/** Ends a pending session: its code is dead from the moment this answers. */
export async function cancelSession(
  passcodes: Passcodes,
  request: { profile: string; sessionId: string },
): Promise<CancelSessionAnswer> {
  const located = locateSession(passcodes, request);
  if (located.kind !== "located") return located;
  const { profile, reference } = located;
  return await updateLedger(passcodes, reference.ledger, (before, nowMs) =>
    decideCancel(before, reference.id, profile.policies, nowMs),
  );
}
