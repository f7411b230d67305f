import { type Delivery, findSession, type Ledger, ledgerAt, type Session, withSession } from "./ledger.ts";

/** One send of a session. */
export interface DeliveryReference {
  readonly sessionId: string;
  /** Its number in the session. */
  readonly delivery: number;
}

export interface FoundDelivery {
  readonly ledger: Ledger;
  readonly session: Session;
  readonly delivery: Delivery;
  /** Its place among the session's deliveries: others may have been taken out before it. */
  readonly index: number;
}

/** Undefined if the session is forgotten, or the send was taken out. */
export function findDelivery(
  before: Ledger | undefined,
  { sessionId, delivery: number }: DeliveryReference,
  nowMs: number,
): FoundDelivery | undefined {
  const ledger = ledgerAt(before, nowMs);
  const session = findSession(ledger, sessionId);
  if (session === undefined) return undefined;
  const index = session.deliveries.findIndex((one) => one.number === number);
  const delivery = session.deliveries[index];
  return delivery === undefined ? undefined : { ledger, session, delivery, index };
}

/** The ledger with the send as it is now. */
export function withDelivery({ ledger, session, index }: FoundDelivery, delivery: Delivery): Ledger {
  return withSession(ledger, { ...session, deliveries: session.deliveries.with(index, delivery) });
}
