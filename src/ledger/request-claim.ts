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
  /** Calls that have claimed it and not released it. */
  readonly holders: number;
}

/** What a call that has claimed an id may release. */
export interface HeldClaim {
  readonly content: string;
  readonly untilMs: number;
}

/**
 * Claims the id for the content. Answers with what the call holds from then on;
 * undefined if the id is another content's.
 *
 * Each use with its content claims it anew: a first use that a limit refused may be
 * followed much later by one that opens a session.
 */
export function claimRequest(
  before: RequestClaim | undefined,
  { content, keptForMs }: { content: string; keptForMs: number },
  nowMs: number,
): { record: RequestClaim | undefined; outcome: HeldClaim | undefined } {
  const current = claimAt(before, nowMs);
  if (current !== undefined && current.content !== content) return { record: before, outcome: undefined };
  const untilMs = Math.max(current?.untilMs ?? 0, nowMs + keptForMs);
  return {
    record: { content, untilMs, holders: (current?.holders ?? 0) + 1 },
    outcome: { content, untilMs },
  };
}

/**
 * Releases what one call holds, once, for it has led to nothing that is remembered. The
 * claim ends when no other call holds it: one with the same id may have claimed it before
 * this release and count only after it.
 */
export function releaseRequest(
  before: RequestClaim | undefined,
  held: HeldClaim,
  nowMs: number,
): { record: RequestClaim | undefined; outcome: undefined } {
  const current = claimAt(before, nowMs);
  // After that instant, the claim that is there is of later calls alone.
  const isHeld = current?.content === held.content && nowMs < held.untilMs;
  if (current === undefined || !isHeld) return { record: before, outcome: undefined };
  const holders = current.holders - 1;
  return { record: { ...current, holders, ...(holders === 0 && { untilMs: nowMs }) }, outcome: undefined };
}

function claimAt(claim: RequestClaim | undefined, nowMs: number): RequestClaim | undefined {
  return claim !== undefined && nowMs < claim.untilMs ? claim : undefined;
}

const stored = z.looseObject({
  content: z.string().length(22),
  untilMs: z.int(),
  // Absent in the claims of releases that never released one.
  holders: z.int().nonnegative().default(1),
});

/** How claims are kept in the store. */
export const requestClaimRecord = {
  decode: (text: string): RequestClaim => stored.parse(JSON.parse(text)),
  encode: (record: RequestClaim): string => JSON.stringify(record),
  expiresAtMs: (record: RequestClaim): number => record.untilMs,
};
