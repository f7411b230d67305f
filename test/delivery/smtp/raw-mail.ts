/** A message as it travelled, taken apart by the rules of RFC 5322 and 2045 and not by the library that made it. */
export interface ParsedMail {
  /** The names in order, lower case. */
  headerNames: string[];
  /** The first value of a header, unfolded. */
  header(name: string): string | undefined;
  /** The alternatives in order, decoded. */
  parts: { type: string; text: string }[];
}

export function parseMail(raw: string): ParsedMail {
  const { headers, body } = splitEntity(raw.replaceAll("\r\n", "\n"));
  const header = (name: string) => headers.find((one) => one.name === name.toLowerCase())?.value;
  const boundary = /boundary="([^"]+)"/.exec(header("content-type") ?? "")?.[1];
  const entities = boundary === undefined ? [] : body.split(`--${boundary}`).slice(1, -1);
  return {
    headerNames: headers.map((one) => one.name),
    header,
    parts: entities.map((entity) => decodePart(entity.replace(/^\n/, "").replace(/\n$/, ""))),
  };
}

interface Entity {
  headers: { name: string; value: string }[];
  body: string;
}

function splitEntity(entity: string): Entity {
  const end = entity.indexOf("\n\n");
  const lines = entity
    .slice(0, end)
    .replaceAll(/\n(?=[ \t])/g, "")
    .split("\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return { name: line.slice(0, colon).toLowerCase(), value: line.slice(colon + 1).trim() };
  });
  return { headers, body: entity.slice(end + 2) };
}

function decodePart(entity: string): { type: string; text: string } {
  const { headers, body } = splitEntity(entity);
  const headerOf = (name: string) => headers.find((one) => one.name === name)?.value ?? "";
  return {
    type: headerOf("content-type").replace(/;.*/, ""),
    text: decode(body, headerOf("content-transfer-encoding")),
  };
}

function decode(body: string, encoding: string): string {
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (encoding === "quoted-printable") return decodeQuotedPrintable(body);
  return body;
}

function decodeQuotedPrintable(body: string): string {
  const bytes = body
    .replaceAll("=\n", "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Reads the encoded words of RFC 2047 in a header. */
export function decodeWords(value: string): string {
  return value
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, encoding: string, text: string) =>
      encoding.toUpperCase() === "B"
        ? Buffer.from(text, "base64").toString("utf8")
        : decodeQuotedPrintable(text.replaceAll("_", " ")),
    );
}
