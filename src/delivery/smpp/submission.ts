import { encodeGsm7, smsParts } from "../../message/segments.ts";
import type { SmsMessage } from "../provider.ts";
import { smppAddress } from "./address.ts";

/** The fields of a submit_sm: SMPP 3.4, section 4.4.1. */
export type Submission = Readonly<Record<string, string | number | Buffer>>;

/** The longest text has as many parts as an octet can number. */
const partsMax = 255;

/**
 * What to submit for a message, in order; undefined for a text that is too long.
 *
 * A receipt is asked for the last part alone: it is submitted when all others are
 * accepted, and one receipt a message is what there is to report.
 */
export function submissionsOf(
  message: SmsMessage,
  { from, concatenation }: { from: string; concatenation: number },
): Submission[] | undefined {
  const { encoding, parts } = smsParts(message.text);
  if (parts.length > partsMax) return undefined;
  const source = smppAddress(from);
  const destination = smppAddress(message.to);
  const isConcatenated = parts.length > 1;
  return parts.map((part, index) => {
    const text = encoding === "GSM-7" ? encodeGsm7(part) : utf16be(part);
    const header = concatenationHeader(concatenation, parts.length, index + 1);
    return {
      source_addr_ton: source.ton,
      source_addr_npi: source.npi,
      source_addr: source.text,
      dest_addr_ton: destination.ton,
      dest_addr_npi: destination.npi,
      destination_addr: destination.text,
      // Tells that the text begins with a header: SMPP 3.4, section 5.2.12.
      esm_class: isConcatenated ? 0x40 : 0,
      validity_period: validityPeriod(message.validForMs),
      registered_delivery: index === parts.length - 1 ? 1 : 0,
      data_coding: encoding === "GSM-7" ? 0 : 8,
      short_message: isConcatenated ? Buffer.concat([header, text]) : text,
    };
  });
}

/** Lets the phone put the parts together: 3GPP TS 23.040, section 9.2.3.24.1. */
function concatenationHeader(reference: number, partCount: number, partNumber: number): Buffer {
  return Buffer.from([5, 0, 3, reference, partCount, partNumber]);
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, "utf16le").swap16();
}

/** A span from now, as YYMMDDhhmmss000R: SMPP 3.4, section 7.1.1.2. At least a second: no span at all may be read as no bound. */
function validityPeriod(validForMs: number): string {
  const seconds = Math.max(1, Math.floor(validForMs / 1_000));
  const fields = [
    Math.min(99, Math.floor(seconds / 86_400)),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  return `0000${fields.map((field) => String(field).padStart(2, "0")).join("")}000R`;
}
