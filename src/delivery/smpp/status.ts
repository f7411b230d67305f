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

type Meaning = "destination" | "destinationForNow" | "blocked" | "load";

/**
 * Those of SMPP 3.4, section 5.1.3, and SMPP 5.0, section 4.7.6, that say something else of a
 * submit_sm than that the account is not set up for it, or may not do it.
 */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...meaning("destination", "ESME_RINVDSTADR ESME_RINVDSTTON ESME_RINVDSTNPI"),
  // With many SMSCs the queue is the destination's own; a delivery that failed at once is one to it.
  ...meaning("destinationForNow", "ESME_RMSGQFUL ESME_RDELIVERYFAILURE"),
  // "Rejected", for which SMSCs have rules about senders, numbers and texts.
  ...meaning("blocked", "ESME_RX_R_APPN"),
  ...meaning("load", "ESME_RSYSERR ESME_RTHROTTLED ESME_RX_T_APPN ESME_RUNKNOWNERR ESME_RSERTYPUNAVAIL"),
]);

function meaning(what: Meaning, names: string): [string, Meaning][] {
  return names.split(" ").map((name) => [name, what]);
}

const loginStatuses: ReadonlySet<string> = new Set([
  "ESME_RBINDFAIL",
  "ESME_RINVPASWD",
  "ESME_RINVSYSID",
  "ESME_RINVSYSTYP",
  "ESME_RPROHIBITED",
  // To a bind: one of this kind is not for this login, or not of the SMSC's language.
  "ESME_RINVBNDSTS",
  "ESME_RINVCMDID",
]);

const nameOf: ReadonlyMap<number, string> = new Map(
  Object.entries(smpp.errors).map(([name, value]) => [value, name]),
);

/** Its name; values that the vendor made up are shown as such. */
export function statusName(value: number): string {
  return nameOf.get(value) ?? `0x${value.toString(16).padStart(8, "0")}`;
}

/**
 * What an answer to submit_sm other than "ok" says. One of the vendor's own is about the
 * account: its senders, its routes, its credit.
 */
export function refusalOf(value: number): Extract<DeliveryOutcome, { detail: string }> {
  const detail = statusName(value);
  switch (meanings.get(detail)) {
    case "destination":
      return { kind: "destinationRefused", detail };
    case "destinationForNow":
      return { kind: "overloaded", ofDestination: true, detail };
    case "blocked":
      return { kind: "blocked", detail };
    case "load":
      return { kind: "overloaded", detail };
    default:
      return { kind: "accountRefused", detail };
  }
}

/** Whether an answer to a bind says that it is no use to try it with the same login elsewhere or later. */
export function isLoginRefusal(value: number): boolean {
  return loginStatuses.has(statusName(value));
}
