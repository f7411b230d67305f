import type { Channel } from "../ledger/channel.ts";

/** A message ready to be handed over: the code is in it, so it is never logged or stored. */
export type Message = SmsMessage | VoiceMessage | EmailMessage;

export interface SmsMessage {
  channel: "sms";
  /** E.164. */
  to: string;
  text: string;
}

export interface VoiceMessage {
  channel: "voice";
  /** E.164. */
  to: string;
  /** What the call says, as plain words. */
  speech: string;
  /** The language of the speech, BCP 47. */
  locale: string;
}

export interface EmailMessage {
  channel: "email";
  /** One address, without a display name. */
  to: string;
  /** The display name of the sender. */
  senderName: string;
  subject: string;
  text: string;
  html: string;
}

/**
 * What became of handing a message over once. A variant per thing a caller would do differently.
 *
 * `detail` is for the log: the provider's own error code or a short cause, never
 * the destination, the message or a credential.
 */
export type DeliveryOutcome =
  | { kind: "accepted"; providerMessageId?: string }
  | { kind: "destinationRefused"; detail: string }
  | { kind: "accountRefused"; detail: string }
  | { kind: "overloaded"; detail: string }
  | { kind: "unreachable"; detail: string }
  /** The message was handed over and no answer came: it may have been sent. */
  | { kind: "noAnswer"; detail: string };

/**
 * A client for one account with one vendor.
 *
 * `send` makes one attempt, bounded by the provider's own timeouts, and answers what
 * became of it; it does not throw for anything a vendor or a network can do.
 */
export interface Provider {
  readonly channels: readonly Channel[];
  send(message: Message): Promise<DeliveryOutcome>;
  close(): Promise<void>;
}
