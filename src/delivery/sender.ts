/** Whom messages are from: a number, or a name where the country and the vendor allow one. */
export interface Senders {
  readonly from: string;
  /** Senders for the countries that need another one, by ISO 3166-1 alpha-2. */
  readonly fromByCountry: ReadonlyMap<string, string>;
}

export function senderFor({ from, fromByCountry }: Senders, country: string | undefined): string {
  return (country === undefined ? undefined : fromByCountry.get(country)) ?? from;
}
