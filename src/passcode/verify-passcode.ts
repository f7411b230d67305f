import { sortedPairs } from "../ledger/keys.ts";
import { decideVerify, type VerifyOutcome } from "../ledger/verify.ts";
import { decideOnce, locateSession, type Passcodes, type ProfileUnknown } from "./passcodes.ts";

export interface VerifyRequest {
  readonly profile: string;
  readonly sessionId: string;
  readonly code: string;
  readonly purpose: string;
  readonly transaction: Readonly<Record<string, string>>;
  readonly requestId: string;
}

export type VerifyAnswer = VerifyOutcome | ProfileUnknown | { kind: "requestIdReused" };

/** Compares a code with its session's; the answer leaves after its count has committed. */
export async function verifyPasscode(passcodes: Passcodes, request: VerifyRequest): Promise<VerifyAnswer> {
  const located = locateSession(passcodes, request);
  if (located.kind !== "located") return located;
  const { profile, reference } = located;

  const { keys } = passcodes;
  const command = {
    ledger: reference.ledger,
    sessionId: reference.id,
    code: request.code,
    binding: keys.bindingOf(request.purpose, request.transaction, reference.keyId),
    isTest: profile.isTest,
  };
  const { outcome } = await decideOnce(
    passcodes,
    {
      profile,
      ledger: reference.ledger,
      request: {
        requestId: request.requestId,
        content: [
          "verify",
          request.sessionId,
          request.code,
          request.purpose,
          sortedPairs(request.transaction),
        ],
      },
    },
    (before, nowMs, digest) =>
      decideVerify(
        before,
        { ...command, ...(digest !== undefined && { request: digest }) },
        profile.policies,
        keys.codes,
        nowMs,
      ),
    (outcome) => outcome.kind === "compared",
  );
  return outcome;
}
