/** The basic alphabet of GSM 03.38: what an SMS of 160 characters may be made of. Its extension costs two each. */
const basic =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const extension = "^{}\\[~]|€";

/** The septets an SMS takes; infinite when it does not fit the alphabet. One segment holds 160. */
export function septets(text: string): number {
  return [...text].reduce((sum, character) => sum + cost(character), 0);
}

function cost(character: string): number {
  if (basic.includes(character)) return 1;
  return extension.includes(character) ? 2 : Number.POSITIVE_INFINITY;
}
