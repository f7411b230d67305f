/**
 * The text with everything that a terminal obeys instead of showing it made visible:
 * control characters, marks that turn the direction of writing, line separators.
 */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
