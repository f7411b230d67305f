/**
 * How an SMS travels: the alphabet it is written in and the parts it is sent as.
 *
 * The GSM 7 bit default alphabet and its extension are tables of 3GPP TS 23.038, section 6.2.1;
 * UCS-2 is in practice UTF-16, and counted in its 16-bit units. ASCII and Latin-1 are what some
 * SMSCs want to be handed, who write the SMS in GSM-7 where they can.
 */
export type SmsEncoding = "GSM-7" | "ASCII" | "Latin-1" | "UCS-2";

export interface SegmentedText {
  encoding: SmsEncoding;
  /** Septets (a character of the extension takes two), octets or 16-bit units of the whole text. */
  units: number;
  /** Joined, they are the text. More than one when it does not fit a single SMS. */
  parts: readonly string[];
}

/**
 * The units that a single SMS holds, and each of several that a phone puts together again:
 * those give 6 of their 140 octets to a header (3GPP TS 23.040, section 9.2.3.24.1).
 */
export const unitsMax = {
  "GSM-7": { single: 160, concatenated: 153 },
  ASCII: { single: 160, concatenated: 153 },
  "Latin-1": { single: 140, concatenated: 134 },
  "UCS-2": { single: 70, concatenated: 67 },
} as const satisfies Record<SmsEncoding, { single: number; concatenated: number }>;

/**
 * In the preferred alphabet, or in UCS-2 if that lacks a character. Cuts between characters as
 * people see them; within one only if it is longer than a part.
 */
export function smsParts(text: string, preferred: SmsEncoding = "GSM-7"): SegmentedText {
  const encoding = canWrite[preferred](text) ? preferred : "UCS-2";
  const units = unitsOf(text, encoding);
  const { single, concatenated } = unitsMax[encoding];
  if (units <= single) return { encoding, units, parts: [text] };

  const parts: string[] = [];
  let part = "";
  let partUnits = 0;
  for (const piece of pieces(text, encoding)) {
    const pieceUnits = unitsOf(piece, encoding);
    if (partUnits + pieceUnits > concatenated) {
      parts.push(part);
      part = "";
      partUnits = 0;
    }
    part += piece;
    partUnits += pieceUnits;
  }
  return { encoding, units, parts: [...parts, part] };
}

/** The octets of a text, or of a part of it, as SMPP takes them. */
export function encodeSms(text: string, encoding: SmsEncoding): Buffer {
  if (encoding === "GSM-7") return encodeGsm7(text);
  return encoding === "UCS-2" ? Buffer.from(text, "utf16le").swap16() : Buffer.from(text, "latin1");
}

/** One octet a septet; a character of the extension is an escape and another one. */
export function encodeGsm7(text: string): Buffer {
  return Buffer.from(
    Array.from(text, (character) => {
      const septets = gsm7.get(character);
      if (septets === undefined) throw new Error("The text has a character that GSM-7 lacks.");
      return septets;
    }).flat(),
  );
}

/** Whether an alphabet has every character of a text. */
const canWrite: Readonly<Record<SmsEncoding, (text: string) => boolean>> = {
  "GSM-7": isGsm7,
  // A grave accent alone is in ASCII and not in what the SMSC makes of it.
  ASCII: (text) => /^[\n\r\x20-\x7e]*$/.test(text) && isGsm7(text),
  "Latin-1": (text) => /^[\n\r\x20-\x7e\xa0-\xff]*$/.test(text),
  "UCS-2": () => true,
};

function isGsm7(text: string): boolean {
  return Array.from(text).every((character) => gsm7.has(character));
}

function unitsOf(text: string, encoding: SmsEncoding): number {
  return encoding === "GSM-7" || encoding === "ASCII" ? encodeGsm7(text).length : text.length;
}

function* pieces(text: string, encoding: SmsEncoding): Generator<string> {
  for (const { segment } of graphemes.segment(text)) {
    // Iterating a text keeps the two halves of a surrogate pair together.
    if (unitsOf(segment, encoding) > unitsMax[encoding].concatenated) yield* segment;
    else yield segment;
  }
}

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/** In the order of their septets; 0x1B, the escape, is no character. */
const alphabet =
  "@£$¥èéùìòÇ\nØø\rÅå" +
  "Δ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ" +
  " !\"#¤%&'()*+,-./" +
  "0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNO" +
  "PQRSTUVWXYZÄÖÑÜ§" +
  "¿abcdefghijklmno" +
  "pqrstuvwxyzäöñüà";

const escapeSeptet = 0x1b;

/** By the septet that follows the escape. The page break, 0x0A, is left out: it is a command rather than a character. */
const extension = new Map([
  ["^", 0x14],
  ["{", 0x28],
  ["}", 0x29],
  ["\\", 0x2f],
  ["[", 0x3c],
  ["~", 0x3d],
  ["]", 0x3e],
  ["|", 0x40],
  ["€", 0x65],
]);

/** The septets of every character. */
const gsm7: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ...Array.from(alphabet, (character, septet): [string, number[]] => [character, [septet]]).filter(
    ([, [septet]]) => septet !== escapeSeptet,
  ),
  ...Array.from(extension, ([character, septet]): [string, number[]] => [character, [escapeSeptet, septet]]),
]);
