/** One address, in the form that mail servers take: nothing that makes a list, a group or a comment of it. */
export function isOneAddress(text: string): boolean {
  return /^[^\s\P{ASCII}\p{C}<>()[\]\\,;:"@]{1,64}@[^\s\P{ASCII}\p{C}<>()[\]\\,;:"@]{1,255}$/u.test(text);
}

/**
 * One address as it goes into headers and commands. A name with dots side by side or at its ends, as Japanese phone
 * companies have some, is no dot-atom, and mail servers take it in quotes alone (RFC 5321, section 4.1.2).
 */
export function addressOnTheWire(address: string): string {
  const at = address.lastIndexOf("@");
  const name = address.slice(0, at);
  return /^\.|\.\.|\.$/.test(name) ? `"${name}"${address.slice(at)}` : address;
}

/** Text for a header: one line, whatever it was made of. */
export function headerText(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}

/** Headers that tell vacation responders to stay quiet (RFC 3834, and Exchange's own). */
export const automaticMailHeaders = { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" };
