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
  const plain = value
    // Wide dots are read as dots, invisible characters past. The Chinese full stop counts within a name in ASCII alone.
    .normalize("NFKC")
    .replace(/[\p{Cf}\p{DI}]/gu, "")
    .replace(/(?<=[a-z0-9])。(?=[a-z0-9])/gi, ".");
  return /:\/\/|(?<![\p{L}\p{N}])www\./iu.test(plain) || domain.test(plain) || address.test(plain);
}

/** Labels, of emoji too, with dots between them; the last has two letters or more, or a letter and what else a label has. */
const domain = /(?:[^\s\p{P}]|[_-])\.\p{L}[\p{L}\p{M}\p{N}-]+/u;

const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";

/** An address of IPv4. */
const address = new RegExp(`(?<![\\d.,])${octet}(?:\\.${octet}){3}(?![\\d.,]\\d|\\d)`);
