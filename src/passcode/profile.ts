import type { AfterNoAnswer } from "../delivery/deliveries.ts";
import type { Route } from "../delivery/route.ts";
import type { Channel } from "../ledger/channel.ts";
import type { PhoneRules } from "../ledger/destination.ts";
import type { Policies } from "../ledger/policy.ts";
import type { Branding } from "../message/compose-message.ts";
import type { Templates } from "../message/templates.ts";

/** The settings of one application. */
export interface Profile {
  readonly name: string;
  /** What messages call the application. */
  readonly brand: string;
  readonly branding: Branding;
  /** The language of messages whose request names none, BCP 47. */
  readonly locale: string;
  readonly templates: Templates;
  /** The variables that requests may give values for, with a sample of each. */
  readonly variables: ReadonlyMap<string, string>;
  /** The way of each channel offered; at least one. */
  readonly channels: ReadonlyMap<Channel, Route>;
  readonly afterNoAnswer: AfterNoAnswer;
  readonly fallback?: Fallback;
  /** The most parts an SMS may be sent as, each of which is paid for. */
  readonly smsSegmentsMax: number;
  /** Whether calls ask for a key press before they say the code. */
  readonly keyPress: boolean;
  /** Whether it is for the callers' own tests: test destinations have their fixed outcomes, and nothing is really sent. */
  readonly isTest: boolean;
  readonly policies: Policies;
  readonly numbers: PhoneRules;
  readonly autofill: {
    readonly webHosts: ReadonlySet<string>;
    readonly androidHashes: ReadonlySet<string>;
  };
}

/** The channels that stand in for one another. */
export interface Fallback {
  /** When one fails, the next takes over. At least two, all for phone numbers. */
  readonly channels: readonly Channel[];
  /** Milliseconds to wait for a report that the message arrived. Absent: only a failure makes the next take over. */
  readonly afterMs?: number;
}
