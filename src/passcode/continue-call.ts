import type { Speech } from "../delivery/provider.ts";
import { deriveCode } from "../ledger/code.ts";
import { openDelivery } from "../ledger/delivery-token.ts";
import { findSession, isLive, ledgerAt } from "../ledger/ledger.ts";
import { type CallScript, openCall, withCode } from "./call-script.ts";
import { type Passcodes, updateLedger } from "./passcodes.ts";
import { takeReport } from "./take-report.ts";

/**
 * What a call says after it has asked for a key press: its speech with the code, or
 * nothing, if no key was pressed or the code is of no use any more.
 *
 * Counts nothing: the call was counted when it was sent. The key press is what tells
 * that the code has arrived, for a voicemail takes calls too.
 */
export async function continueCall(
  passcodes: Passcodes,
  provider: string,
  { token, pressed }: { token: string; pressed: boolean },
): Promise<Speech | undefined> {
  const script = openCall(token, provider, passcodes.keys);
  if (script === undefined) return undefined;
  const { reference } = script;
  if (!pressed) {
    const missed = {
      reference,
      state: "failed",
      failure: "undelivered",
      detail: "no key was pressed",
    } as const;
    await takeReport(passcodes, provider, missed);
    return undefined;
  }
  const speech = await sayCode(passcodes, provider, script);
  if (speech !== undefined) {
    const heard = { reference, state: "delivered", detail: "a key was pressed" } as const;
    await takeReport(passcodes, provider, heard, { isKeyPress: true });
  }
  return speech;
}

async function sayCode(
  passcodes: Passcodes,
  provider: string,
  { reference, speech }: CallScript,
): Promise<Speech | undefined> {
  const { keys } = passcodes;
  const located = openDelivery(reference, provider, keys);
  if (located === undefined) return undefined;
  const session = await updateLedger(passcodes, located.ledger, (before, nowMs) => {
    const ledger = ledgerAt(before, nowMs);
    const session = findSession(ledger, located.sessionId);
    return { record: before, outcome: session && isLive(session, ledger.lastMs) ? session : undefined };
  });
  if (session === undefined || !keys.codes.has(session.keyId)) return undefined;
  return withCode(speech, deriveCode({ ledger: located.ledger, session }, keys.codes));
}
