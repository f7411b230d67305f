/**
 * Turns a value into one line of text that stays where it is put.
 *
 * Line breaks of every kind and control characters become spaces. Three kinds of characters
 * are dropped: the marks that turn the direction of the text after them, with which an
 * amount could be made to read backwards; the noncharacters U+FDD0 to U+FDEF, which no
 * text holds, so that messages can be put together with them; and marks that are piled on
 * one letter until they cover the lines around it.
 */
export function oneLine(value: string): string {
  return value
    .toWellFormed()
    .replace(/[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{FDD0}-\u{FDEF}]/gu, "")
    .replace(piledMarks, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
}

/** Beyond eight on a letter, more than any script writes. */
const piledMarks = /(?<=\p{M}{8})\p{M}+/gu;
