/**
 * The areas with a code of their own in ISO 3166-1 whose numbers are their country's: they
 * share its calling code (libphonenumber's metadata tell which do), or they are overseas
 * departments of France, with the islands that share the codes of these (ISO 3166-2:FR).
 *
 * Dependencies with a code and operators of their own stand for themselves, as carriers,
 * vendors and price lists have it: Bermuda, the Falklands, Curaçao, New Caledonia or Greenland
 * are not what somebody means who allows their country, and the small islands among them are
 * where toll fraud earns most. So do states that share a code, such as Kazakhstan.
 */
const territories: Readonly<Record<string, string>> = {
  AU: "CC CX",
  FI: "AX",
  FR: "BL GF GP MF MQ RE YT",
  GB: "GG IM JE",
  MA: "EH",
  NO: "SJ",
  SH: "TA",
  US: "AS GU MP PR VI",
};

const countryOf: ReadonlyMap<string, string> = new Map(
  Object.entries(territories).flatMap(([country, codes]) => codes.split(" ").map((code) => [code, country])),
);

/**
 * The name under which a country is known to a list: its own code if that is listed, else
 * that of the country it is a territory of; undefined if neither is.
 *
 * Codes are of ISO 3166-1 alpha-2.
 */
export function nearestListed(country: string, list: { has(country: string): boolean }): string | undefined {
  if (list.has(country)) return country;
  const owner = countryOf.get(country);
  return owner !== undefined && list.has(owner) ? owner : undefined;
}
