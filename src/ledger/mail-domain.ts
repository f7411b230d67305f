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
  if (!unicode.split(".").every(isOfOneScript)) {
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
 * Whether people could have typed the label on one keyboard: letters, marks and digits
 * of one script, or a mixture that is ordinary in Japanese, Korean or Chinese ("highly
 * restrictive" in UTS 39). A Cyrillic а among Latin letters is neither.
 */
function isOfOneScript(part: string): boolean {
  return writingSystems.some((pattern) => pattern.test(part));
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
