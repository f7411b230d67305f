import type { PDU } from "smpp";
import type { Report } from "../provider.ts";
import { type MessageState, stateNamed, stateOf } from "./message-state.ts";

/** What a delivery receipt says in the end, of the message that the SMSC gave this id. */
export interface Receipt extends Omit<Report, "reference"> {
  kind: "receipt";
  messageId: string;
}

/** `unknownState`: whether it is final cannot be told. The word is up to 16 letters, or a number. */
export type Read = Receipt | { kind: "unknownState"; word: string };

/**
 * Reads a deliver_sm or data_sm; undefined when it is no receipt, or none that says something final.
 *
 * Only the SMSC sets the type of a message: a text alone could be written by anybody with a phone.
 */
export function readReceipt(pdu: PDU): Read | undefined {
  const messageType = (pdu.esm_class ?? 0) & 0x3c;
  if (messageType !== 0x04) return undefined;
  const text = receiptText(pdu);
  // Where the zero at its end is missing, the library reads on into the TLV that follows.
  const messageId = /^[\x21-\x7e]{1,64}(?![\x21-\x7e])/.exec(pdu.receipted_message_id ?? "")?.[0] ?? text.id;
  if (messageId === undefined) return undefined;
  const state = clearest([
    pdu.message_state === undefined ? undefined : stateOf(pdu.message_state),
    text.state === undefined ? undefined : stateNamed(text.state),
  ]);
  if (state === undefined) return unknownState(pdu.message_state, text.state);
  if (state.kind === "underWay") return undefined;
  if (state.kind === "delivered") return { kind: "receipt", messageId, state: "delivered" };
  const { name, failure } = state;
  return {
    kind: "receipt",
    messageId,
    state: "failed",
    failure: isNoSubscriber(pdu.network_error_code) ? "destinationRefused" : failure,
    detail: [name, text.error ?? networkError(pdu.network_error_code)].filter(Boolean).join(" "),
  };
}

/** The TLV and the text may differ: one that SMSCs set to 0, or to a value of their own, hides nothing that the other says. */
function clearest(states: readonly (MessageState | undefined)[]): MessageState | undefined {
  const said = states.filter((state) => state !== undefined);
  const final = said.filter(({ kind }) => kind !== "underWay");
  return final.find((state) => state.kind !== "failed" || !state.isUnclear) ?? final[0] ?? said[0];
}

function unknownState(value: number | undefined, word: string | undefined): Read | undefined {
  const said = word ?? value?.toString();
  return said === undefined ? undefined : { kind: "unknownState", word: said };
}

/**
 * network_error_code (SMPP 3.4, section 5.3.2.31): a network type, then its own error, here of
 * GSM's MAP (3GPP TS 29.002): unknown subscriber, teleservice not provisioned. The same
 * numbers after `err:` mean what each SMSC likes.
 */
function isNoSubscriber(code: Buffer | undefined): boolean {
  return code?.length === 3 && code[0] === 3 && [1, 11].includes(code.readUInt16BE(1));
}

function networkError(code: Buffer | undefined): string | undefined {
  return code?.length === 3 ? `network ${code[0]} error ${code.readUInt16BE(1)}` : undefined;
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
