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

/** Claims the id for the content, and answers whether the id is the content's. */
export function claimRequest(
  before: RequestClaim | undefined,
  claim: { content: string; keptForMs: number },
  nowMs: number,
): { record: RequestClaim | undefined; outcome: boolean } {
  if (before !== undefined && nowMs < before.untilMs) {
    return { record: before, outcome: before.content === claim.content };
  }
  return { record: { content: claim.content, untilMs: nowMs + claim.keptForMs }, outcome: true };
}

const stored = z.looseObject({ content: z.string().length(22), untilMs: z.int() });

/** How claims are kept in the store. */
export const requestClaimRecord = {
  decode: (text: string): RequestClaim => stored.parse(JSON.parse(text)),
  encode: (record: RequestClaim): string => JSON.stringify(record),
  expiresAtMs: (record: RequestClaim): number => record.untilMs,
};
