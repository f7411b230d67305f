import type { Channel } from "../ledger/channel.ts";
import type { PhoneRules } from "../ledger/destination.ts";
import type { Policies } from "../ledger/policy.ts";

/** The settings of one application. */
export interface Profile {
  readonly name: string;
  /** What messages call the application. */
  readonly brand: string;
  /** The language of messages whose request names none, BCP 47. */
  readonly locale: string;
  /** The name of the provider of each channel offered; at least one. */
  readonly channels: ReadonlyMap<Channel, string>;
  readonly policies: Policies;
  readonly numbers: PhoneRules;
  readonly autofill: {
    readonly webHosts: ReadonlySet<string>;
    readonly androidHashes: ReadonlySet<string>;
  };
}
