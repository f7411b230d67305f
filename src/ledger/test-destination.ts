import type { Destination } from "./destination.ts";
import type { TestVerdict } from "./ledger.ts";

/**
 * What happens at a test destination of a test profile.
 *
 * Phone numbers are of the range that the North American Numbering Plan keeps for
 * fiction, +1 202 555 0100 to 0199; e-mail addresses are at a domain of RFC 2606.
 */
export interface TestDestination {
  /** What becomes of a message handed over for it. `slow`: accepted after some seconds. */
  readonly handover:
    | "accepted"
    | "slow"
    | "destinationRefused"
    | "accountRefused"
    | "overloaded"
    | "unreachable"
    | "noAnswer";
  /** What is reported of an accepted message; absent: nothing is, ever. */
  readonly report?: "delivered" | "destinationRefused" | "blocked" | "undelivered";
  /** What is said of every well-formed code; absent: the right one is right. */
  readonly verdict?: TestVerdict;
}

/** Each by the last two digits of its number and by the name of its address. */
const destinations: readonly (readonly [digits: string, name: string, TestDestination])[] = [
  ["00", "delivered", { handover: "accepted", report: "delivered" }],
  ["01", "always-right", { handover: "accepted", report: "delivered", verdict: "right" }],
  ["02", "always-wrong", { handover: "accepted", report: "delivered", verdict: "wrong" }],
  ["03", "slow", { handover: "slow", report: "delivered" }],
  ["04", "destination-refused", { handover: "destinationRefused" }],
  ["05", "account-refused", { handover: "accountRefused" }],
  ["06", "overloaded", { handover: "overloaded" }],
  ["07", "unreachable", { handover: "unreachable" }],
  ["08", "no-answer", { handover: "noAnswer" }],
  ["09", "never-reported", { handover: "accepted" }],
  ["10", "no-such-destination", { handover: "accepted", report: "destinationRefused" }],
  ["11", "blocked", { handover: "accepted", report: "blocked" }],
  ["12", "undelivered", { handover: "accepted", report: "undelivered" }],
];

const byAddress: ReadonlyMap<string, TestDestination> = new Map(
  destinations.flatMap(([digits, name, destination]) => [
    [`+120255501${digits}`, destination],
    [`${name}@example.com`, destination],
  ]),
);

/** Undefined for every other destination. */
export function testDestination({ canonical }: Pick<Destination, "canonical">): TestDestination | undefined {
  return byAddress.get(canonical);
}
