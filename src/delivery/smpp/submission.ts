import { encodeSms, type SmsEncoding, smsParts } from "../../message/segments.ts";
import type { Dlt } from "../dlt.ts";
import type { SmsMessage } from "../provider.ts";
import { smppAddress } from "./address.ts";
import { type Validity, validityPeriod } from "./validity.ts";

/** How an SMSC wants to be spoken to where they differ. */
export interface SmppDialect {
  /** What is written in where it has every character, and named by `dataCoding`. Other texts, and with UCS-2 all, go as UCS-2. */
  alphabet: SmsEncoding;
  /** The data_coding of the alphabet: 0 stands for the SMSC's own default (SMPP 3.4, section 5.2.19). */
  dataCoding: number;
  /** Types and plans of addresses, in place of those that their form tells. */
  sourceTon?: number;
  sourceNpi?: number;
  destinationTon?: number;
  destinationNpi?: number;
  serviceType?: string;
  validity: Validity;
  /** How the parts of a long text are told to be one: by a header within the text, by TLVs, or as one text in a TLV of its own. */
  concatenation: "udh" | "sar" | "payload";
  /** TLVs of every message, by their tag. */
  tlvs: Tlvs;
}

type Tlvs = ReadonlyMap<number, Buffer>;

/** A submit_sm: SMPP 3.4, section 4.4.1. */
export interface Submission {
  fields: Readonly<Record<string, string | number | Buffer>>;
  tlvs: Tlvs;
}

interface Circumstances {
  from: string;
  /** Tells the parts of one text from those of another: 0 to 255. */
  reference: number;
  isReceiptWanted: boolean;
  dlt: Dlt | undefined;
  nowMs: number;
}

/** Of SMPP 3.4, section 5.3.2. */
export const tags = {
  sarReference: 0x020c,
  sarTotal: 0x020e,
  sarNumber: 0x020f,
  messagePayload: 0x0424,
} as const;

const ucs2DataCoding = 8;

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
  dialect: SmppDialect,
  circumstances: Circumstances,
): Submission[] | undefined {
  const { encoding, parts } = smsParts(message.text, dialect.alphabet);
  if (parts.length > partsMax) return undefined;
  const { reference, isReceiptWanted, dlt, nowMs } = circumstances;
  const common = {
    ...addressFields(message.to, circumstances.from, dialect),
    service_type: dialect.serviceType ?? "",
    validity_period: validityPeriod(dialect.validity, { validForMs: message.validForMs, nowMs }),
    data_coding: encoding === "UCS-2" ? ucs2DataCoding : dialect.dataCoding,
  };
  const texts = parts.length > 1 && dialect.concatenation === "payload" ? [message.text] : parts;
  return texts.map((text, index) => {
    const isLast = index === texts.length - 1;
    const place = { reference, total: parts.length, number: index + 1 };
    const { fields, tlvs } = carried(encodeSms(text, encoding), place, dialect.concatenation);
    return {
      fields: { ...common, registered_delivery: isLast && isReceiptWanted ? 1 : 0, ...fields },
      tlvs: new Map([...tlvs, ...dialect.tlvs, ...dltTlvs(dlt)]),
    };
  });
}

/** The tags that India's operators have agreed on: the principal entity, and the template. */
function dltTlvs(dlt: Dlt | undefined): [number, Buffer][] {
  if (dlt === undefined) return [];
  return [
    [0x1400, Buffer.from(dlt.entityId)],
    [0x1401, Buffer.from(dlt.templateId)],
  ];
}

function addressFields(to: string, from: string, dialect: SmppDialect) {
  const source = smppAddress(from);
  const destination = smppAddress(to);
  return {
    source_addr_ton: dialect.sourceTon ?? source.ton,
    source_addr_npi: dialect.sourceNpi ?? source.npi,
    source_addr: source.text,
    dest_addr_ton: dialect.destinationTon ?? destination.ton,
    dest_addr_npi: dialect.destinationNpi ?? destination.npi,
    destination_addr: destination.text,
  };
}

interface Place {
  reference: number;
  total: number;
  number: number;
}

function carried(text: Buffer, place: Place, concatenation: SmppDialect["concatenation"]): Submission {
  const { reference, total, number } = place;
  if (total === 1) return { fields: { esm_class: 0, short_message: text }, tlvs: new Map() };
  switch (concatenation) {
    case "udh": {
      // Lets the phone put the parts together: 3GPP TS 23.040, section 9.2.3.24.1.
      const header = Buffer.from([5, 0, 3, reference, total, number]);
      // 0x40 tells that the text begins with a header: SMPP 3.4, section 5.2.12.
      return { fields: { esm_class: 0x40, short_message: Buffer.concat([header, text]) }, tlvs: new Map() };
    }
    case "sar":
      return {
        fields: { esm_class: 0, short_message: text },
        tlvs: new Map([
          [tags.sarReference, Buffer.from([0, reference])],
          [tags.sarTotal, Buffer.from([total])],
          [tags.sarNumber, Buffer.from([number])],
        ]),
      };
    case "payload":
      return { fields: { esm_class: 0 }, tlvs: new Map([[tags.messagePayload, text]]) };
  }
}
