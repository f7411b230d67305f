import type { Channel } from "./channel.ts";
import { type DeliveryReference, type FoundDelivery, findDelivery } from "./delivery.ts";
import { standingOf } from "./delivery-standing.ts";
import { isLive, type Ledger, policyOf } from "./ledger.ts";
import { type Refusal, sendRefusal } from "./limits.ts";
import type { Policies } from "./policy.ts";
import { countSend, type SendOutcome } from "./send.ts";

/** The send by another channel that is to stand in for one that failed. */
export interface StandIn {
  readonly channel: Channel;
  readonly provider: string;
  /** Keyed digest of the request id of the call that falls back, if it had one. */
  readonly request?: string;
}

export type FallbackOutcome =
  | Extract<SendOutcome, { kind: "send" }>
  /** It arrived, or the session has ended, or the code was sent again since. */
  | { kind: "notNeeded" }
  | { kind: "refused"; refusal: Refusal };

/** Decides whether the same code goes out by another channel in place of a send that failed: R3, R4, R6, R7, R9. */
export function decideFallback(
  before: Ledger | undefined,
  command: DeliveryReference & StandIn,
  policies: Policies,
  nowMs: number,
): { record: Ledger | undefined; outcome: FallbackOutcome } {
  const found = findDelivery(before, command, nowMs);
  if (found === undefined || !isNeeded(found)) return { record: before, outcome: { kind: "notNeeded" } };
  const { ledger, session } = found;
  const policy = policyOf(session, policies);
  const refusal = sendRefusal(ledger, session.origin, session, policy);
  if (refusal !== undefined) return { record: before, outcome: { kind: "refused", refusal } };
  return countSend(ledger, session, command, policy);
}

/** Whether the send is the session's latest, its code is of use, and it is not known to have arrived. */
export function isNeeded({ ledger, session, delivery }: Omit<FoundDelivery, "index">): boolean {
  const isLatest = delivery === session.deliveries.at(-1);
  const hasArrived = standingOf(delivery).state === "delivered";
  return isLatest && !hasArrived && isLive(session, ledger.lastMs);
}
