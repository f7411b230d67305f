import { z } from "zod";
import { type SmppDialect, tags } from "../../delivery/smpp/submission.ts";
import type { SmsEncoding } from "../../message/segments.ts";
import { choice, textScalar, wholeNumber } from "../scalar-schema.ts";

/** Text in ASCII that a field of SMPP has room for. */
export function ascii({ lengthMax }: { lengthMax: number }): z.ZodType<string> {
  return textScalar(
    (value) => (/^[\x20-\x7e]+$/.test(value) && value.length <= lengthMax ? value : undefined),
    `1 to ${lengthMax} characters of ASCII (in quotes, if it is all digits)`,
  );
}

const alphabets = {
  gsm7: "GSM-7",
  latin1: "Latin-1",
  ascii: "ASCII",
  ucs2: "UCS-2",
} as const satisfies Record<string, SmsEncoding>;

/** The values that SMPP 3.4 has: sections 5.2.5 and 5.2.6. */
const ton = wholeNumber({ min: 0, max: 6 }).exactOptional();
const npi = wholeNumber({ min: 0, max: 18 }).exactOptional();

const ownTags: readonly number[] = Object.values(tags);

const tag = z.string().refine(
  (text) => {
    const value = /^(0x[0-9a-f]{1,4}|[0-9]{1,5})$/i.test(text) ? Number(text) : 0;
    return value >= 1 && value <= 0xffff && !ownTags.includes(value);
  },
  { error: "must be a tag from 0x0001 to 0xFFFF, and none that carries the text" },
);

const octets = textScalar((value): Buffer | undefined => {
  if (/^0x([0-9a-f]{2}){1,127}$/i.test(value)) return Buffer.from(value.slice(2), "hex");
  return /^[\x20-\x7e]{1,255}$/.test(value) ? Buffer.from(value) : undefined;
}, "1 to 255 characters of ASCII in quotes, or octets such as 0x0A01 in quotes");

/** What SMSCs differ in, with what most take. */
export const dialectFields = {
  alphabet: choice(["gsm7", "latin1", "ascii", "ucs2"])
    .default("gsm7")
    .transform((name): SmsEncoding => alphabets[name]),
  dataCoding: wholeNumber({ min: 0, max: 255 }).exactOptional(),
  sourceTon: ton,
  sourceNpi: npi,
  destinationTon: ton,
  destinationNpi: npi,
  serviceType: ascii({ lengthMax: 5 }).exactOptional(),
  validity: choice(["relative", "absolute", "absent"]).default("relative"),
  concatenation: choice(["udh", "sar", "payload"]).default("udh"),
  tlvs: z
    .record(tag, octets)
    .default({})
    .transform(
      (given): SmppDialect["tlvs"] =>
        new Map(Object.entries(given).map(([key, value]) => [Number(key), value])),
    ),
};

/** What is wrong with the data_coding of an alphabet; undefined if nothing is. */
export function dataCodingProblem(alphabet: SmsEncoding, dataCoding: number | undefined): string | undefined {
  if (dataCoding === undefined) return undefined;
  if (alphabet === "UCS-2") return "is of no use with alphabet: ucs2, which is always 8";
  return dataCoding === 8 ? "must not be 8, which names UCS-2" : undefined;
}
