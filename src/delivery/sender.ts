/** Whom messages are from: a number, or a name where the country and the vendor allow one. */
export interface Senders {
  readonly from: string;
  /** Senders for the countries that need another one, by ISO 3166-1 alpha-2. */
  readonly fromByCountry: ReadonlyMap<string, string>;
}

/** `from` may be undefined where the vendor can choose a sender. */
export function senderFor<From extends string | undefined>(
  { from, fromByCountry }: Pick<Senders, "fromByCountry"> & { readonly from: From },
  country: string | undefined,
): string | From {
  return (country === undefined ? undefined : fromByCountry.get(country)) ?? from;
}
