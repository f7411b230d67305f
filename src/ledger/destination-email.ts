import type { Destination, ParsedDestination } from "./destination.ts";
import { mailboxOf } from "./mail-aliases.ts";
import { parseMailDomain } from "./mail-domain.ts";

/** RFC 5321, section 4.5.3.1. */
const addressLengthMax = 254;
const localPartLengthMax = 64;

/**
 * The dot-atom of RFC 5322 in ASCII: what every mail server takes, and nothing that a header or a command could be
 * smuggled in. Without % and !, by which relays of old were told to send on: `a%b.example@relay`, `b.example!a@relay`.
 */
const dotAtom = /^[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*$/;

/**
 * Japanese phone companies gave out names with dots side by side and at the end, until about 2009, and those
 * are in use (github.com/EC-CUBE/ec-cube/issues/1325). Mail servers take them in quotes; see the delivery.
 */
const dottedName = /^[A-Za-z0-9_-][A-Za-z0-9._+-]*$/;
const domainsWithDottedNames: ReadonlySet<string> = new Set(["docomo.ne.jp", "ezweb.ne.jp", "au.com"]);

/**
 * Reads one e-mail address, without display name, comment, quotes or anything around it.
 *
 * It is delivered to as given, with the domain as A-labels. Only the canonical form
 * folds what the common providers ignore.
 */
export function parseEmail(text: string): ParsedDestination {
  if (text.length > addressLengthMax) {
    return { kind: "invalid", why: `must be at most ${addressLengthMax} characters long` };
  }
  const [local = "", domainText, ...rest] = text.split("@");
  if (domainText === undefined || rest.length > 0) {
    return { kind: "invalid", why: "must be one e-mail address, with one @" };
  }
  if (local.length > localPartLengthMax) {
    return { kind: "invalid", why: `must have at most ${localPartLengthMax} characters before the @` };
  }
  const domain = parseMailDomain(domainText);
  const isName =
    dotAtom.test(local) ||
    (domain.kind === "ok" && domainsWithDottedNames.has(domain.ascii) && dottedName.test(local));
  if (!isName) {
    return {
      kind: "invalid",
      why: "must have only ASCII letters, digits, single dots and #$&'*+/=?^_`{|}~- before the @",
    };
  }
  if (domain.kind !== "ok") return domain;
  const address = `${local}@${domain.ascii}`;
  if (address.length > addressLengthMax) {
    return {
      kind: "invalid",
      why: `must be at most ${addressLengthMax} characters long, its domain as A-labels`,
    };
  }
  return {
    kind: "ok",
    // The cast gives the brand: everything that makes a destination has just been checked.
    destination: {
      kind: "email",
      address,
      canonical: mailboxOf(local, domain.ascii),
      masked: maskAddress(local, domain.ascii),
    } as Destination,
  };
}

/** First letters and the top-level domain. A name of one letter shows nothing, and the stars are always three. */
function maskAddress(local: string, domain: string): string {
  const topLevel = domain.slice(domain.lastIndexOf(".") + 1);
  const name = domain.slice(0, -topLevel.length - 1);
  return `${maskName(local)}@${maskName(name)}.${topLevel}`;
}

function maskName(name: string): string {
  return `${name.length > 1 ? name.charAt(0) : ""}***`;
}
