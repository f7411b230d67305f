/**
 * Whether a phone or a mail reader might make a link of a value.
 *
 * It is for values that strangers may have a say in, such as a first name: a message with
 * a link of theirs would be their phishing under our sender's name. Readers go by lists of
 * top-level domains, which grow, so any word that is built like a domain counts: `t.me`,
 * `booking.com`, and `St.Gallen` and `Dr.Kim` too, which can be written `St. Gallen` and
 * `Dr. Kim`. Initials (`J.R.`), amounts (`1.299,50`) and dates (`24.12.2026`) do not.
 */
export function looksLikeLink(value: string): boolean {
  // Wide and invisible characters are read past.
  const plain = value.normalize("NFKC").replace(/\p{Cf}/gu, "");
  return /:\/\/|(?<![\p{L}\p{N}])www\./iu.test(plain) || domain.test(plain) || address.test(plain);
}

/** Labels with dots between them, the last one of two letters or more, or a letter and what else a label has. */
const domain = /[\p{L}\p{M}\p{N}_-]\.\p{L}[\p{L}\p{M}\p{N}-]+/u;

const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";

/** An address of IPv4. */
const address = new RegExp(`(?<![\\d.,])${octet}(?:\\.${octet}){3}(?![\\d.,]\\d|\\d)`);
