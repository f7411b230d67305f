/** Something that must be nowhere, and how it may be spelt. */
export interface Secret {
  readonly name: string;
  readonly spellings: readonly string[];
}

function encodings(bytes: Buffer): string[] {
  return [
    bytes.toString("latin1"),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
  ];
}

/** A code, as typed, as spoken, and in the usual encodings. */
export function secretCode(code: string): Secret {
  const characters = [...code];
  const spoken = [characters.join(" "), characters.join(". "), characters.join("-")];
  return {
    name: `code ${code}`,
    spellings: [...encodings(Buffer.from(code)), code.toLowerCase(), ...spoken],
  };
}

/** A number in E.164, with and without its plus and country code. */
export function secretPhone(number: string): Secret {
  const digits = number.slice(1);
  const spellings = [...encodings(Buffer.from(number)), ...encodings(Buffer.from(digits)), digits.slice(2)];
  return { name: `number ${number}`, spellings };
}

/** An address as a whole, and each side of its at sign that is too long to be found by chance. */
export function secretEmail(address: string): Secret {
  const sides = address.split("@").filter((side) => side.length >= 12);
  return { name: `address ${address}`, spellings: [...encodings(Buffer.from(address)), ...sides] };
}

/** A key or a password that is a text. */
export function secretText(name: string, text: string): Secret {
  return { name, spellings: encodings(Buffer.from(text)) };
}

/** A key that is bytes, written in base64 where it is configured. */
export function secretKey(name: string, base64: string): Secret {
  return { name, spellings: [...encodings(Buffer.from(base64, "base64")), base64] };
}

/** The names of the secrets that are in a text, in any spelling. Case tells nothing. */
export function leaksIn(surface: string, secrets: readonly Secret[]): string[] {
  const folded = surface.toLowerCase();
  return secrets
    .filter(({ spellings }) => spellings.some((spelling) => folded.includes(spelling.toLowerCase())))
    .map(({ name }) => name);
}
