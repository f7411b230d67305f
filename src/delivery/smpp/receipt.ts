import type { PDU } from "smpp";
import type { Report } from "../provider.ts";

/** What a delivery receipt says in the end, of the message that the SMSC gave this id. */
export interface Receipt extends Omit<Report, "reference"> {
  messageId: string;
}

/** What the states are called in the text of a receipt, by their value in message_state: SMPP 3.4, section 5.2.28. */
const stateNames: ReadonlyMap<number, string> = new Map([
  [2, "DELIVRD"],
  [3, "EXPIRED"],
  [4, "DELETED"],
  [5, "UNDELIV"],
  [8, "REJECTD"],
]);

const failures: ReadonlyMap<string, NonNullable<Report["failure"]>> = new Map([
  ["EXPIRED", "undelivered"],
  ["DELETED", "undelivered"],
  ["UNDELIV", "undelivered"],
  ["REJECTD", "blocked"],
]);

/**
 * Reads a deliver_sm or data_sm; undefined when it is no receipt, or none that says something final.
 *
 * Only the SMSC sets the type of a message: a text alone could be written by anybody with a phone.
 */
export function readReceipt(pdu: PDU): Receipt | undefined {
  const messageType = (pdu.esm_class ?? 0) & 0x3c;
  if (messageType !== 0x04) return undefined;
  const text = receiptText(pdu);
  // Where the zero at its end is missing, the library reads on into the TLV that follows.
  const messageId = /^[\x21-\x7e]{1,64}(?![\x21-\x7e])/.exec(pdu.receipted_message_id ?? "")?.[0] ?? text.id;
  const state = pdu.message_state === undefined ? text.state : stateNames.get(pdu.message_state);
  if (messageId === undefined || state === undefined) return undefined;
  if (state === "DELIVRD") return { messageId, state: "delivered" };
  const failure = failures.get(state);
  if (failure === undefined) return undefined;
  return { messageId, state: "failed", failure, detail: text.error ? `${state} ${text.error}` : state };
}

/** The fields of a receipt without TLVs, in the form of SMPP 3.4, appendix B, as SMSCs vary it. */
function receiptText({ short_message, message_payload }: PDU) {
  const message = short_message?.message?.length ? short_message.message : message_payload?.message;
  // From here on it quotes the message, which may say what it likes.
  const [fields = ""] = (message?.toString("latin1") ?? "").split(/\btext:/i);
  return {
    id: /\bid:\s*([\x21-\x7e]{1,64})(?=\s|$)/i.exec(fields)?.[1],
    state: /\bstat:\s*([A-Z]{1,16})\b/i.exec(fields)?.[1]?.toUpperCase(),
    error: /\berr:\s*([0-9A-Z]{1,8})\b/i.exec(fields)?.[1],
  };
}
