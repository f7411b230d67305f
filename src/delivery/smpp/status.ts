import smpp from "smpp";
import type { DeliveryOutcome } from "../provider.ts";

/** Values of command_status: SMPP 3.4, section 5.1.3. */
export const status = {
  ok: 0x00,
  invalidCommandLength: 0x02,
  invalidCommand: 0x03,
  /** The SMSC knows of no bind on this connection, or not any more. */
  invalidBindStatus: 0x04,
  /**
   * Makes an SMSC deliver again later. ESME_RX_T_APPN is the one made for that, but there are vendors who take it as final:
   * https://api.support.vonage.com/hc/en-us/articles/204015773-What-deliver-sm-resp-statuses-will-trigger-a-deliver-sm-retry-from-Vonage
   */
  systemError: 0x08,
} as const;

const destinationStatuses: ReadonlySet<string> = new Set([
  "ESME_RINVDSTADR",
  "ESME_RINVDSTTON",
  "ESME_RINVDSTNPI",
]);

const overloadStatuses: ReadonlySet<string> = new Set([
  "ESME_RSYSERR",
  "ESME_RMSGQFUL",
  "ESME_RTHROTTLED",
  "ESME_RX_T_APPN",
]);

const loginStatuses: ReadonlySet<string> = new Set([
  "ESME_RBINDFAIL",
  "ESME_RINVPASWD",
  "ESME_RINVSYSID",
  "ESME_RINVSYSTYP",
  "ESME_RPROHIBITED",
]);

const nameOf: ReadonlyMap<number, string> = new Map(
  Object.entries(smpp.errors).map(([name, value]) => [value, name]),
);

/** Its name; values that the vendor made up are shown as such. */
export function statusName(value: number): string {
  return nameOf.get(value) ?? `0x${value.toString(16).padStart(8, "0")}`;
}

/**
 * What an answer to submit_sm other than "ok" says. One that is about neither the
 * destination nor the load is about the account: its senders, its routes, its credit.
 */
export function refusalOf(value: number): Extract<DeliveryOutcome, { detail: string }> {
  const detail = statusName(value);
  if (destinationStatuses.has(detail)) return { kind: "destinationRefused", detail };
  if (overloadStatuses.has(detail)) return { kind: "overloaded", detail };
  return { kind: "accountRefused", detail };
}

/** Whether an answer to a bind says that it is no use to try it with the same login elsewhere or later. */
export function isLoginRefusal(value: number): boolean {
  return loginStatuses.has(statusName(value));
}
