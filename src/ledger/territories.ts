/**
 * The areas with telephone numbers and a code of their own in ISO 3166-1 that are no
 * independent state, by the country they belong to. So has it the column `is_independent`
 * of github.com/datasets/country-codes, which is ISO's and the UN's. Of areas without such
 * a mark: AC and TA, which ISO reserves for parts of SH, and EH, whose numbers are of the
 * plan of MA.
 *
 * Hong Kong and Macao are left out: carriers, vendors and their rules for senders take
 * each for a country. So do Kazakhstan and the Vatican not belong to the countries whose
 * calling code they share; they are states.
 */
const territories: Readonly<Record<string, string>> = {
  AU: "CC CX NF",
  DK: "FO GL",
  FI: "AX",
  FR: "BL GF GP MF MQ NC PF PM RE WF YT",
  GB: "AI BM FK GG GI IM IO JE KY MS SH TC VG",
  MA: "EH",
  NL: "AW BQ CW SX",
  NO: "SJ",
  NZ: "CK NU TK",
  SH: "AC TA",
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
  return owner === undefined ? undefined : nearestListed(owner, list);
}
