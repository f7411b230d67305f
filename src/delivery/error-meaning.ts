import { type HttpAnswer, outcomeOfStatus } from "./http.ts";
import type { DeliveryOutcome, Report } from "./provider.ts";

/**
 * What an error code from a vendor's published list says of a message, whether it comes
 * with an answer or with a report.
 *
 * `overloaded`: not taken, and may be taken later. `failed`: the vendor had it, and it got
 * lost on the way, or nobody knows where it is.
 */
export type ErrorMeaning = "destinationRefused" | "blocked" | "accountRefused" | "overloaded" | "failed";

/** The codes of a vendor's list, by what they mean. */
export function meaningsOf<Code>(
  lists: Readonly<Partial<Record<ErrorMeaning, readonly Code[]>>>,
): ReadonlyMap<Code, ErrorMeaning> {
  const meanings = Object.keys(lists) as ErrorMeaning[];
  return new Map(meanings.flatMap((meaning) => (lists[meaning] ?? []).map((code) => [code, meaning])));
}

/**
 * What came of a message by an answer that is no acceptance. `detail` replaces the status
 * in the log; without a meaning the status alone tells.
 *
 * A server that failed does not know how far it got, whatever code it gives: Vonage shows
 * its code of throttling with a 500.
 */
export function outcomeOfError(
  answer: Pick<HttpAnswer, "status" | "headers">,
  { meaning, detail }: { meaning: ErrorMeaning | undefined; detail?: string | undefined },
  nowMs: number,
): Exclude<DeliveryOutcome, { kind: "accepted" }> {
  const byStatus = outcomeOfStatus(answer, nowMs);
  const told = detail === undefined ? byStatus : { ...byStatus, detail };
  if (meaning === undefined || byStatus.kind === "noAnswer") return told;
  // Throttling comes with a 400 from some, and with a Retry-After none the less.
  if (meaning === "overloaded") {
    return { ...outcomeOfStatus({ ...answer, status: 429 }, nowMs), detail: told.detail };
  }
  return { kind: meaning === "failed" ? "noAnswer" : meaning, detail: told.detail };
}

/** Why a message failed that a report names an error of. */
export function failureOf(meaning: ErrorMeaning | undefined): NonNullable<Report["failure"]> {
  return meaning === undefined || meaning === "overloaded" || meaning === "failed" ? "undelivered" : meaning;
}
