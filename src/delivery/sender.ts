import { nearestListed } from "../ledger/territories.ts";

/** Whom messages are from: a number, or a name where the country and the vendor allow one. */
export interface Senders {
  readonly from: string;
  /** Senders for the countries that need another one, by ISO 3166-1 alpha-2; a country's is also that of its territories without one. */
  readonly fromByCountry: ReadonlyMap<string, string>;
}

/** `from` may be undefined where the vendor can choose a sender. */
export function senderFor<From extends string | undefined>(
  { from, fromByCountry }: Pick<Senders, "fromByCountry"> & { readonly from: From },
  country: string | undefined,
): string | From {
  const listed = country === undefined ? undefined : nearestListed(country, fromByCountry);
  return (listed === undefined ? undefined : fromByCountry.get(listed)) ?? from;
}
