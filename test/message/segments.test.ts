import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeGsm7, smsParts, unitsMax } from "../../src/message/segments.ts";
import { septets } from "./segments.ts";

/** The default alphabet by septet, row by row of 3GPP TS 23.038, section 6.2.1; row 1 has the escape at its 0x1B. */
const rows = [
  [0x40, 0xa3, 0x24, 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, 0x0a, 0xd8, 0xf8, 0x0d, 0xc5, 0xe5],
  [0x394, 0x5f, 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, -1, 0xc6, 0xe6, 0xdf, 0xc9],
  [0x20, 0x21, 0x22, 0x23, 0xa4, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f],
  [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f],
  [0xa1, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f],
  [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xc4, 0xd6, 0xd1, 0xdc, 0xa7],
  [0xbf, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
  [0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xe4, 0xf6, 0xf1, 0xfc, 0xe0],
].flat();

/** The extension, by the septet after the escape: section 6.2.1.1. */
const extension: Record<number, string> = {
  20: "^",
  40: "{",
  41: "}",
  47: "\\",
  60: "[",
  61: "~",
  62: "]",
  64: "|",
  101: "€",
};

function decodeGsm7(octets: Buffer): string {
  let text = "";
  for (let at = 0; at < octets.length; at += 1) {
    const septet = octets[at] ?? -1;
    if (septet === 0x1b) {
      at += 1;
      text += extension[octets[at] ?? -1] ?? "?";
    } else {
      text += String.fromCodePoint(rows[septet] ?? 0x3f);
    }
  }
  return text;
}

const gsm7Characters = [
  ...rows.filter((point) => point >= 0).map((point) => String.fromCodePoint(point)),
  ...Object.values(extension),
];
const gsm7Text = fc.array(fc.constantFrom(...gsm7Characters), { maxLength: 700 }).map((all) => all.join(""));
const anyText = fc.oneof(
  gsm7Text,
  fc.string({ unit: "grapheme", maxLength: 400 }),
  fc.string({ unit: "binary", maxLength: 400 }),
  fc
    .array(fc.constantFrom("e", "\u0301", "👩‍👩‍👧‍👦", "🇨🇭", "🔐", "न", "ि", "\r\n", "\ud800"), {
      maxLength: 300,
    })
    .map((all) => all.join("")),
);

describe("GSM-7", () => {
  test("has every character of the alphabet and the extension in its place", () => {
    const text = gsm7Characters.join("");
    expect(decodeGsm7(encodeGsm7(text))).toBe(text);
    expect(encodeGsm7("@Δ à€")).toEqual(Buffer.from([0x00, 0x10, 0x20, 0x7f, 0x1b, 0x65]));
  });

  test("decodes back to what was encoded", () => {
    fc.assert(fc.property(gsm7Text, (text) => decodeGsm7(encodeGsm7(text)) === text));
  });

  test.each(["ç", "`", "\u001b", "\f", "’", "Я", "🔐", "é".normalize("NFD")])("lacks %j", (character) => {
    expect(smsParts(character).encoding).toBe("UCS-2");
    expect(() => encodeGsm7(character)).toThrow("GSM-7 lacks");
  });
});

describe("a text", () => {
  test.each<[string, string, string, number, number[]]>([
    ["nothing", "", "GSM-7", 0, [0]],
    ["160 characters of GSM-7", "a".repeat(160), "GSM-7", 160, [160]],
    ["161 characters of GSM-7", "a".repeat(161), "GSM-7", 161, [153, 8]],
    ["80 characters of the extension", "€".repeat(80), "GSM-7", 160, [80]],
    ["81 characters of the extension", "€".repeat(81), "GSM-7", 162, [76, 5]],
    ["70 units of UCS-2", "ж".repeat(70), "UCS-2", 70, [70]],
    ["71 units of UCS-2", "ж".repeat(71), "UCS-2", 71, [67, 4]],
    ["35 characters beyond 16 bits", "🔐".repeat(35), "UCS-2", 70, [70]],
    ["36 characters beyond 16 bits", "🔐".repeat(36), "UCS-2", 72, [66, 6]],
  ])("of %s", (_, text, encoding, units, lengths) => {
    const segmented = smsParts(text);
    expect(segmented).toMatchObject({ encoding, units });
    expect(segmented.parts.map((part) => part.length)).toEqual(lengths);
  });

  test("is cut between a letter with an accent of its own and the next", () => {
    const text = `${"ж".repeat(66)}e\u0301${"ж".repeat(10)}`;
    expect(smsParts(text).parts[1]).toMatch(/^e\u0301/);
  });

  test("is cut within a character that is longer than a part", () => {
    const text = `e${"\u0301".repeat(200)}`;
    expect(smsParts(text).parts.map((part) => part.length)).toEqual([67, 67, 67]);
  });

  test("is the parts joined, each of which holds something and fits", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { encoding, units, parts } = smsParts(text);
        const sizes = parts.map((part) => (encoding === "GSM-7" ? septets(part) : part.length));
        const { single, concatenated } = unitsMax[encoding];
        expect(parts.join("")).toBe(text);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(units);
        expect(Number.isFinite(septets(text))).toBe(encoding === "GSM-7");
        expect(parts.length === 1).toBe(units <= single);
        if (parts.length === 1) return;
        expect(Math.max(...sizes)).toBeLessThanOrEqual(concatenated);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
      }),
    );
  });

  test("has no surrogate pair in two parts", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { parts } = smsParts(text.toWellFormed());
        expect(parts.every((part) => part.isWellFormed())).toBe(true);
      }),
    );
  });
});
