import { z } from "zod";

/**
 * A request id's first use: what it was used for, so that a use with other content is
 * refused wherever that content would lead (R12).
 *
 * It counts nothing and answers nothing: the ledger does, which knows what it has done
 * for a request id.
 */
export interface RequestClaim {
  /** Keyed digest of the whole request. */
  readonly content: string;
  /** The instant the id may be used anew; no sooner than its session is forgotten. */
  readonly untilMs: number;
}

/**
 * Claims the id for the content, and answers whether the id is the content's.
 *
 * Each use with its content claims it anew: a first use that a limit refused may be
 * followed much later by one that opens a session.
 */
export function claimRequest(
  before: RequestClaim | undefined,
  claim: { content: string; keptForMs: number },
  nowMs: number,
): { record: RequestClaim | undefined; outcome: boolean } {
  const untilMs = nowMs + claim.keptForMs;
  if (before === undefined || nowMs >= before.untilMs) {
    return { record: { content: claim.content, untilMs }, outcome: true };
  }
  if (before.content !== claim.content) return { record: before, outcome: false };
  return { record: { ...before, untilMs: Math.max(before.untilMs, untilMs) }, outcome: true };
}

const stored = z.looseObject({ content: z.string().length(22), untilMs: z.int() });

/** How claims are kept in the store. */
export const requestClaimRecord = {
  decode: (text: string): RequestClaim => stored.parse(JSON.parse(text)),
  encode: (record: RequestClaim): string => JSON.stringify(record),
  expiresAtMs: (record: RequestClaim): number => record.untilMs,
};
