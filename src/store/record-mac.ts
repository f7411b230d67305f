import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";

/** 132 bits of the MAC, as base64url. */
const macLength = 22;

/** What the store holds under a key is not what this service put there. Its message names the kind of the record, and nothing in it. */
export class RecordRefusedError extends Error {
  override readonly name = "RecordRefusedError";
}

/** The content as it is stored: a MAC of the record's key and the content, and then the content. */
export function sealRecord(content: string, key: string, macKey: KeyObject): string {
  return macOf(content, key, macKey) + content;
}

/**
 * The content of a stored text. Throws RecordRefusedError if anything of it was changed, or
 * written under another record's key or by another hand, before anything of it is read.
 */
export function openRecord(text: string, key: string, macKey: KeyObject): string {
  const content = text.slice(macLength);
  const found = Buffer.from(text.slice(0, macLength));
  const expected = Buffer.from(macOf(content, key, macKey));
  if (found.length === expected.length && timingSafeEqual(found, expected)) return content;
  const [kind] = key.split(":", 1);
  // Former releases stored bare JSON, which no MAC begins like.
  const why = text.startsWith("{")
    ? "it is of a former release, whose records carried no MAC"
    : "it is damaged, of another place, or of a service with another keys.index";
  throw new RecordRefusedError(`A ${kind} record was refused: ${why}.`);
}

/** The key comes with its length, so that no part of it can pass for content. */
function macOf(content: string, key: string, macKey: KeyObject): string {
  const mac = createHmac("sha256", macKey).update(`${key.length}:${key}${content}`);
  return mac.digest("base64url").slice(0, macLength);
}
