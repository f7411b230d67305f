import type { PhoneNumberType } from "libphonenumber-js/max";

export const numberKinds = [
  "mobile",
  "fixedLine",
  "fixedLineOrMobile",
  "voip",
  "tollFree",
  "premiumRate",
  "sharedCost",
  "personalNumber",
  "uan",
  "pager",
  "voicemail",
  "satellite",
  "internationalNetwork",
] as const;

/** What the numbering plan says a number is for. */
export type NumberKind = (typeof numberKinds)[number];

/**
 * The kinds at which people are reached for the price of a call. The others are how
 * toll fraud earns its money, or lead to switchboards and answering machines.
 */
export const defaultNumberKinds: readonly NumberKind[] = ["mobile", "fixedLine", "fixedLineOrMobile", "voip"];

/** The kind of a number, of what the library says of it and the country code it has. */
export function kindOf(plannedKind: PhoneNumberType, prefix: string): NumberKind {
  const kind = countrylessKinds.get(prefix) ?? kindsOfPlan[plannedKind];
  return kind === "fixedLine" && untold.has(prefix) ? "fixedLineOrMobile" : kind;
}

/**
 * Where a number that could be a fixed line may as well be a mobile, written without the digit
 * that marks one for callers from abroad: Argentina's 9, which SMS do without. The library's
 * own list of such plans (its FAQ, "identified as the right number type") has Mexico besides,
 * whose numbers it calls fixed or mobile by now, as it does those of North America.
 */
const untold: ReadonlySet<string> = new Set(["54"]);

const kindsOfPlan: Readonly<Record<PhoneNumberType, NumberKind>> = {
  MOBILE: "mobile",
  FIXED_LINE: "fixedLine",
  FIXED_LINE_OR_MOBILE: "fixedLineOrMobile",
  VOIP: "voip",
  TOLL_FREE: "tollFree",
  PREMIUM_RATE: "premiumRate",
  SHARED_COST: "sharedCost",
  PERSONAL_NUMBER: "personalNumber",
  UAN: "uan",
  PAGER: "pager",
  VOICEMAIL: "voicemail",
};

/**
 * What ITU-T E.164 assigns the codes of no country to. The library calls satellite
 * phones MOBILE and the international networks VOIP, which hides what they cost.
 */
const countrylessKinds: ReadonlyMap<string, NumberKind> = new Map([
  ["800", "tollFree"],
  ["808", "sharedCost"],
  ["870", "satellite"],
  ["878", "personalNumber"],
  ["881", "satellite"],
  ["882", "internationalNetwork"],
  ["883", "internationalNetwork"],
  ["888", "internationalNetwork"],
  ["979", "premiumRate"],
]);
