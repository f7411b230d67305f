import { headerText } from "../mail-text.ts";

/** An address with a display name (RFC 5322, section 3.4), in ASCII whatever the name is in. */
export function mailbox(displayName: string, address: string): string {
  const name = headerText(displayName);
  if (name.trim() === "") return address;
  // What looks like an encoded word is encoded too, or some clients would decode it.
  const isPlain = /^[ -~]*$/.test(name) && !name.includes("=?");
  return `${isPlain ? quoted(name) : encodedWords(name)} <${address}>`;
}

function quoted(name: string): string {
  return `"${name.replace(/["\\]/g, "\\$&")}"`;
}

/** An encoded word has at most 75 characters, 12 of them for the charset and the rest: 63 of base64 hold 45 bytes. */
const wordBytesMax = 45;

/** RFC 2047, section 5 (3). No character is split between words; the spaces between the words are not part of the text. */
function encodedWords(text: string): string {
  const words: string[] = [];
  for (const character of text) {
    const longer = (words.at(-1) ?? "") + character;
    if (words.length > 0 && Buffer.byteLength(longer) <= wordBytesMax) words[words.length - 1] = longer;
    else words.push(character);
  }
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString("base64")}?=`).join(" ");
}
