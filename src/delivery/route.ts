import type { Destination, NumberKind } from "../ledger/destination.ts";
import { nearestListed } from "../ledger/territories.ts";
import type { Random } from "../random.ts";

/** The ways of a channel, in the order in which they are tried. */
export type Route = readonly RouteStep[];

/** One provider, or several between which messages are spread. */
export interface RouteStep {
  /** Each is tried first for its share of the messages, by weight; for the others of them it stands in. */
  readonly providers: readonly { readonly name: string; readonly weight: number }[];
  /**
   * ISO 3166-1 alpha-2. A country stands for its territories too, but for those that a step of
   * the route names. Absent: every country, and numbers that belong to none.
   */
  readonly countries?: ReadonlySet<string>;
  /** Absent: every kind of number. */
  readonly kinds?: ReadonlySet<NumberKind>;
}

/** The providers to try for a destination, each once, in order; none if no step of the route takes it. */
export function providersFor(route: Route, destination: Destination, random: Random): string[] {
  const { country, numberKind } = destination;
  const named = new Set(route.flatMap(({ countries }) => [...(countries ?? [])]));
  const listed = country === undefined ? undefined : nearestListed(country, named);
  const names = route
    .filter((step) => takes(step, listed, numberKind))
    .flatMap((step) => shuffled(step.providers, random));
  return [...new Set(names)];
}

function takes(
  { countries, kinds }: RouteStep,
  country: string | undefined,
  numberKind: NumberKind | undefined,
): boolean {
  if (countries !== undefined && (country === undefined || !countries.has(country))) return false;
  return kinds === undefined || (numberKind !== undefined && kinds.has(numberKind));
}

/** The names in an order of chance in which the heavier come sooner. */
function shuffled(providers: RouteStep["providers"], random: Random): string[] {
  if (providers.length === 1) return providers.map(({ name }) => name);
  const left = [...providers];
  const names: string[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let point = (random.bytes(4).readUInt32BE() / 2 ** 32) * total;
    const at = left.findIndex(({ weight }) => {
      point -= weight;
      return point < 0;
    });
    // The last one, should rounding have left the point at the very end.
    names.push(...left.splice(at, 1).map(({ name }) => name));
  }
  return names;
}
