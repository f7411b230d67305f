import type { Channel } from "../ledger/channel.ts";

/** What the rest of the file needs to know of a provider before it is read as a whole. */
export interface ProviderTraits {
  readonly channels: readonly Channel[];
  /** The setting without which it does not send by a channel that its kind is for. */
  readonly needs?: Readonly<Partial<Record<Channel, string>>>;
  /** Whether messages of its leave the service: it is neither for tests nor for development. */
  readonly isReal: boolean;
  /** Whether it is the one of test destinations. */
  readonly isTest: boolean;
  /** How it learns what became of a message: on its own connection, by requests to `callbacks`, or not at all. */
  readonly reports: "inBand" | "posted" | "none";
  /** Whether its calls can ask for a key press. */
  readonly keyPress: boolean;
}
