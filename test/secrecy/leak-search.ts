/** Something that must be nowhere, and how it may be spelt. */
export interface Secret {
  readonly name: string;
  readonly spellings: readonly string[];
}

/** No spelling is shorter, in characters: what is shorter would be found by chance. */
const spellingMin = 8;

/** A code, as typed and in the usual encodings. */
export function secretCode(code: string): Secret {
  return secretOf(`code ${code}`, [...encodings(code), ...encodings(code.toLowerCase()), reversed(code)]);
}

/** A number in E.164, with and without its plus and country code, and turned round as in reversed look-ups. */
export function secretPhone(number: string): Secret {
  const digits = number.slice(1);
  const spellings = [...encodings(number), ...encodings(digits), digits.slice(2), reversed(digits)];
  return secretOf(`number ${number}`, spellings);
}

/** An address as a whole, as it is folded for limits, and each side of its at sign that is too long to be found by chance. */
export function secretEmail(address: string): Secret {
  const sides = address.split("@").filter((side) => side.length >= 12);
  const folded = address.toLowerCase().replace(/\+[^@]*/, "");
  const spellings = [...encodings(address), ...encodings(folded), ...sides];
  return secretOf(`address ${address}`, [
    ...spellings,
    ...[address, folded].map((one) => one.replace("@", "=40")),
  ]);
}

/** A key or a password that is a text. */
export function secretText(name: string, text: string): Secret {
  return secretOf(name, encodings(text));
}

/** A key that is bytes, written in base64 where it is configured. */
export function secretKey(name: string, base64: string): Secret {
  const bytes = Buffer.from(base64, "base64");
  return secretOf(name, [...encodings(base64), ...encodingsOfBytes(bytes), inspected(bytes)]);
}

function secretOf(name: string, spellings: readonly string[]): Secret {
  const folded = new Set(spellings.map((spelling) => spelling.toLowerCase()));
  return { name, spellings: [...folded].filter((spelling) => spelling.length >= spellingMin) };
}

function encodings(text: string): string[] {
  const utf16 = Buffer.from(text, "utf16le");
  return [
    ...encodingsOfBytes(Buffer.from(text)),
    utf16.toString("latin1"),
    Buffer.from(utf16).swap16().toString("latin1"),
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    [...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  ];
}

function encodingsOfBytes(bytes: Buffer): string[] {
  return [bytes.toString("latin1"), bytes.toString("hex"), ...[0, 1, 2].flatMap((at) => base64At(at, bytes))];
}

/** What all texts in base64 have in common that hold the bytes `at` places after a multiple of three. */
function base64At(at: number, bytes: Buffer): string[] {
  const text = Buffer.concat([Buffer.alloc(at), bytes]).toString("base64url");
  const own = text.slice([0, 2, 3][at], (at + bytes.length) % 3 === 0 ? undefined : -1);
  return [own, own.replaceAll("-", "+").replaceAll("_", "/")];
}

/** As Node prints a buffer. */
function inspected(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function reversed(text: string): string {
  return [...text].reverse().join("");
}

/**
 * The names of the secrets that are in a text, in any spelling. Case tells nothing, nor
 * does what stands between characters that are spoken or grouped.
 */
export function leaksIn(surface: string, secrets: readonly Secret[]): string[] {
  const byStart = new Map<string, { name: string; spelling: string }[]>();
  for (const { name, spellings } of secrets) {
    for (const spelling of spellings) {
      const start = spelling.slice(0, spellingMin);
      const alike = byStart.get(start);
      if (alike === undefined) byStart.set(start, [{ name, spelling }]);
      else alike.push({ name, spelling });
    }
  }
  const found = new Set<string>();
  const folded = surface.toLowerCase();
  for (const text of [folded, ungrouped(folded)]) {
    for (let at = 0; at + spellingMin <= text.length; at++) {
      const candidates = byStart.get(text.slice(at, at + spellingMin)) ?? [];
      for (const { name, spelling } of candidates) if (text.startsWith(spelling, at)) found.add(name);
    }
  }
  return [...found];
}

/** The runs of single characters, or of groups of digits, that something stands between. */
function ungrouped(text: string): string {
  const spoken = /(?<![a-z0-9])[a-z0-9](?:(?:[ -]|\. |, )[a-z0-9](?![a-z0-9])){6,}/g;
  const grouped = /\d+(?:[ ()./-]{1,2}\d+){2,}/g;
  return [...(text.match(spoken) ?? []), ...(text.match(grouped) ?? [])]
    .map((run) => run.replaceAll(/[^a-z0-9]/g, ""))
    .join("\n");
}
