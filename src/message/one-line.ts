/**
 * Turns a value into one line of text that stays where it is put.
 *
 * Line breaks of every kind and control characters become spaces. The marks that turn
 * the direction of the text after them are dropped: with them an amount could be made
 * to read backwards.
 */
export function oneLine(value: string): string {
  return value
    .toWellFormed()
    .replace(/[\u{202A}-\u{202E}\u{2066}-\u{2069}]/gu, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
}
