import { domainToASCII, domainToUnicode } from "node:url";

/** `ascii` is lower case, its international labels as A-labels. */
type ParsedDomain = { kind: "ok"; ascii: string } | { kind: "invalid"; why: string };

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Top-level domains are letters or A-labels, which also keeps IP addresses out. */
const topLevelLabel = /^(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;

/**
 * Reads the domain of an e-mail address.
 *
 * Two ways of writing a domain are taken: the characters its owner registered, in either
 * case, or its A-labels. What IDNA would merely map to them (full-width letters, soft
 * hyphens, percent escapes) is refused: nobody's address is written so.
 */
export function parseMailDomain(text: string): ParsedDomain {
  // The URL parser behind domainToASCII stops at these and drops or decodes others; none is part of a name.
  if (/[^A-Za-z0-9.\-\u{80}-\u{10ffff}]/u.test(text)) return malformed;
  const written = text.normalize("NFC").toLowerCase();
  const ascii = domainToASCII(written);
  const unicode = domainToUnicode(ascii);
  if (ascii !== written && unicode !== written) return malformed;
  const labels = ascii.split(".");
  if (labels.length < 2) return { kind: "invalid", why: "must have a domain with a dot in it after the @" };
  const sound = labels.every(
    (part) => label.test(part) && (!part.startsWith("xn--") || isCanonicalALabel(part)),
  );
  if (!sound || !topLevelLabel.test(labels.at(-1) ?? "")) return malformed;
  const parts = unicode.split(".");
  if (parts.some((part) => outOfContext.some((pattern) => pattern.test(part)))) return malformed;
  if (!parts.every(isOfOneScript)) {
    return {
      kind: "invalid",
      why: "must write each part of its domain in the letters and digits of one script",
    };
  }
  return { kind: "ok", ascii };
}

const malformed: ParsedDomain = {
  kind: "invalid",
  why: "must have a domain name, and nothing else, after the @",
};

/** The URL parser passes an all-ASCII host on unread, `xn--` or not. */
function isCanonicalALabel(part: string): boolean {
  const unicode = domainToUnicode(part);
  return unicode !== part && domainToASCII(unicode) === part;
}

/**
 * What RFC 5892, appendix A, permits in its context alone: the dot of Catalan between two l
 * (A.3), the Greek numeral sign before Greek (A.4), geresh and gershayim after Hebrew (A.5,
 * A.6), the katakana middle dot with kana or Han (A.7), and Arabic-Indic digits of one of the
 * two sets (A.8, A.9). The joiners (A.1, A.2) are the URL parser's to check.
 */
const outOfContext: readonly RegExp[] = [
  /(?<!l)\u00b7|\u00b7(?!l)/u,
  /\u0375(?!\p{sc=Greek})/u,
  /(?<!\p{sc=Hebrew})[\u05f3\u05f4]/u,
  /^[^\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]*\u30fb[^\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]*$/u,
  /[\u0660-\u0669].*[\u06f0-\u06f9]|[\u06f0-\u06f9].*[\u0660-\u0669]/u,
];

/** What has been found in its context, and is of no script by itself. */
const contextual = /[\u00b7\u0375\u05f3\u05f4\u30fb]|\u200c|\u200d/gu;

/**
 * Whether people could have typed the label on one keyboard: letters, marks and digits
 * of one script, or a mixture that is ordinary in Japanese, Korean or Chinese ("highly
 * restrictive" in UTS 39). A Cyrillic а among Latin letters is neither.
 */
function isOfOneScript(part: string): boolean {
  const letters = part.replaceAll(contextual, "");
  return writingSystems.some((pattern) => pattern.test(letters));
}

/** The scripts that UAX 31 recommends for identifiers. */
const scripts = [
  "Latin Greek Cyrillic Armenian Georgian Hebrew Arabic Thaana Ethiopic Devanagari Bengali Gurmukhi Gujarati",
  "Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Khmer",
]
  .join(" ")
  .split(" ");

const writingSystems = [
  ...scripts.map((script) => [script]),
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Hangul"],
  ["Latin", "Han", "Bopomofo"],
].map((system) => {
  const members = [...system, "Common", "Inherited"].map((script) => `\\p{scx=${script}}`).join("");
  return new RegExp(`^(?:(?=[\\p{L}\\p{M}\\p{N}-])[${members}])+$`, "u");
});
