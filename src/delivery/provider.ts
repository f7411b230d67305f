import type { Channel } from "../ledger/channel.ts";

/** A message ready to be handed over: the code is in it, so it is never logged or stored. */
export type Message = SmsMessage | VoiceMessage | EmailMessage;

interface PhoneMessage {
  /** E.164. */
  to: string;
  /** ISO 3166-1 alpha-2; absent for numbers that belong to no country. */
  country?: string;
  /** Milliseconds the code still has to live: a message that arrives later is of no use. */
  validForMs: number;
}

export interface SmsMessage extends PhoneMessage {
  channel: "sms";
  text: string;
  /** BCP 47, of the words. */
  locale: string;
}

export interface VoiceMessage extends PhoneMessage {
  channel: "voice";
  speech: Speech;
  /** Asks for a key press before anything of `speech` is said, so that no voicemail receives the code. */
  keyPress?: KeyPress;
}

/** What a call says. */
export interface Speech {
  /** BCP 47, with the region a voice needs. */
  locale: string;
  /** In order. Words are plain text, yet to be escaped for the vendor's markup; a code is said slowly, character by character. */
  parts: readonly SpeechPart[];
}

export type SpeechPart = { kind: "words"; text: string } | { kind: "code"; characters: string };

export interface KeyPress {
  /** Plain text that asks for the key, in the language of the speech. */
  prompt: string;
  /** The URL the vendor asks what to say next once a key was pressed, or none was: it holds no code. */
  continueUrl: string;
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
  /** Lets the reader's device fill the code in at the page that asks for it. */
  autofill?: EmailAutofill;
}

interface EmailAutofill {
  code: string;
  /** The https origin of the page. */
  origin: string;
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
  /** A filter, an opt-out or a fraud rule of the vendor stopped it; the destination may be a good one. */
  | { kind: "blocked"; detail: string }
  | { kind: "accountRefused"; detail: string }
  | {
      kind: "overloaded";
      detail: string;
      /** It is this destination alone that nothing can be sent to for now: anybody can name such a one, so it says nothing about the provider. */
      ofDestination?: true;
      /** What the vendor asks to be left alone for. */
      retryAfterMs?: number;
    }
  /** Nothing of the message has left: our own bounds had no room for it. Says nothing about the provider. */
  | { kind: "busy"; detail: string; retryAfterMs?: number }
  /** Nothing of the message has left. */
  | { kind: "unreachable"; detail: string }
  /** The message was handed over and no answer came: it may have been sent. */
  | { kind: "noAnswer"; detail: string };

/** How one message is handed over. */
export interface Handover {
  /** Stands for the delivery in the vendor's reports, and says nothing to anybody else: up to 100 of A-Z a-z 0-9 _ - */
  reference: string;
  /** The URL that reports on this message are posted to; absent where this service takes none. The reference is in it. */
  reportUrl?: string;
  /** Milliseconds the attempt may take in all, and to connect. A provider with tighter bounds of its own keeps to those. */
  withinMs: number;
  connectWithinMs: number;
}

/**
 * A client for one account with one vendor.
 *
 * `send` makes one attempt, bounded by the handover and by the provider's own timeouts,
 * and answers what became of it; it does not throw for anything a vendor or a network can do.
 */
export interface Provider {
  readonly channels: readonly Channel[];
  send(message: Message, handover: Handover): Promise<DeliveryOutcome>;
  /** Absent where the vendor posts no reports, or nothing to check them with is configured. */
  readonly reports?: PostedReports;
  /** Absent where calls cannot ask for a key press. */
  readonly keyPresses?: KeyPresses;
  /** Lets what is under way settle, within the provider's own bounds. */
  close(): Promise<void>;
}

/** What a vendor later says of a message that it took. */
export interface Report {
  /** The handover's. */
  reference: string;
  state: "delivered" | "failed";
  /**
   * Why, when it failed. `blocked`: by a carrier's filter, an opt-out or a spam rule.
   * `accountRefused`: for the account or its sender. `undelivered`: for any other reason.
   */
  failure?: "destinationRefused" | "blocked" | "accountRefused" | "undelivered";
  /** For the log: the vendor's own error code. */
  detail?: string;
}

/** A request that a vendor made to one of our public URLs. */
export interface Callback {
  method: string;
  /** As the vendor called it: the public base URL, the path and the query. */
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  /** The body as it came, at most 256 KiB. */
  body: Buffer;
  /** The handover's reference, if the URL was a handover's `reportUrl`. */
  reference?: string;
  nowMs: number;
}

/**
 * `refused`: it is not the vendor's, or not of now, or not what the vendor sends. `why` is
 * for the log and holds nothing that the request said.
 */
export type Refused = {
  kind: "refused";
  why: string;
  /** Whether the vendor should say it again, since what it takes to believe it could not be had. */
  again?: true;
};

export interface PostedReports {
  /** Believes nothing before the signature is checked over the body as it came. A report that says nothing final is left out. */
  read(callback: Callback): Promise<{ kind: "reports"; reports: readonly Report[] } | Refused>;
}

export interface KeyPresses {
  /** Believes nothing before the signature is checked. */
  read(callback: Callback): Promise<{ kind: "pressed" } | { kind: "missed" } | Refused>;
  /** The answer to the vendor: says the speech, or, without one, hangs up. */
  answer(speech: Speech | undefined): { contentType: string; body: string };
}

/** Takes reports that come on a provider's own connection rather than to a URL. */
export interface ReportSink {
  /** Remembers which delivery a vendor's message id stands for, where its reports carry nothing else. Rejects if the store fails. */
  remember(providerMessageId: string, reference: string): Promise<void>;
  /** The reference remembered; undefined if there is none, or no more. Rejects if the store fails. */
  recall(providerMessageId: string): Promise<string | undefined>;
  /** Rejects if the store fails. */
  record(report: Report): Promise<void>;
}
