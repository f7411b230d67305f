import { type PhoneNumber, parsePhoneNumberFromString } from "libphonenumber-js/max";
import type { Destination, ParsedDestination } from "./destination.ts";
import { kindOf, type NumberKind } from "./number-kind.ts";
import { oneOfTwins } from "./number-twins.ts";
import { nearestListed } from "./territories.ts";

/**
 * Which numbers a profile sends to.
 *
 * A country in a list stands for its territories too, but for those that are listed themselves.
 */
export interface PhoneRules {
  readonly allowKinds: ReadonlySet<NumberKind>;
  /** ISO 3166-1 alpha-2. Absent: every country, and the numbers that belong to none. */
  readonly allowCountries?: ReadonlySet<string>;
  readonly denyCountries: ReadonlySet<string>;
}

/**
 * Reads a phone number. One spelling is taken: the E.164 form its own numbering plan gives it.
 *
 * The library also reads other digits, punctuation and numbers inside sentences, so the
 * pattern comes first. Its `max` metadata gives every valid number of every plan a kind,
 * so a number without one does not exist as far as anybody knows, and is refused.
 */
export function parsePhone(text: string, rules: PhoneRules): ParsedDestination {
  if (!/^\+[1-9][0-9]{6,14}$/.test(text)) {
    return {
      kind: "invalid",
      why: "must be in E.164: a plus sign and 7 to 15 of the digits 0 to 9, nothing else",
    };
  }
  const number = parsePhoneNumberFromString(text, { extract: false });
  const plannedKind = number?.getType();
  if (number === undefined || plannedKind === undefined) {
    return {
      kind: "invalid",
      why:
        "is not a number of its country's numbering plan: its length is wrong, its range is not in use, " +
        "or it has a trunk zero or a prefix of former days (such as the 1 after +52)",
    };
  }
  if (number.number !== text) {
    return {
      kind: "invalid",
      why: "must leave out trunk zeros and dialling prefixes after the country code",
    };
  }
  const { country } = number;
  const numberKind = kindOf(plannedKind, number.countryCallingCode);
  if (!rules.allowKinds.has(numberKind)) {
    return {
      kind: "notAllowed",
      why: `is a number of a kind that is not sent to: ${numberKind}`,
      numberKind,
    };
  }
  return (
    refuseCountry(country, rules) ?? {
      kind: "ok",
      // The cast gives the brand: everything that makes a destination has just been checked.
      destination: {
        kind: "phone",
        address: text,
        canonical: oneOfTwins(text),
        masked: maskNumber(number),
        ...(country !== undefined && { country }),
        numberKind,
      } as Destination,
    }
  );
}

function refuseCountry(country: string | undefined, rules: PhoneRules): ParsedDestination | undefined {
  if (country === undefined) {
    if (rules.allowCountries === undefined) return undefined;
    return {
      kind: "notAllowed",
      why: "belongs to no country, and only numbers of some countries are sent to",
    };
  }
  const { allowCountries, denyCountries } = rules;
  const listed = nearestListed(country, {
    has: (name) => denyCountries.has(name) || allowCountries?.has(name) === true,
  });
  const allowed = listed === undefined ? allowCountries === undefined : !denyCountries.has(listed);
  if (allowed) return undefined;
  return { kind: "notAllowed", why: `is in a country that is not sent to: ${country}`, country };
}

/** The stars are always seven, so that they do not give the length away. */
function maskNumber({ countryCallingCode, nationalNumber }: PhoneNumber): string {
  const shown = nationalNumber.length >= 7 ? ` ${nationalNumber.slice(-2)}` : "";
  return `+${countryCallingCode} *******${shown}`;
}
