import type { Message } from "../delivery/provider.ts";
import type { Channel } from "../ledger/channel.ts";
import { emailMessage } from "./email.ts";
import { smsMessage } from "./sms.ts";
import type { Templates } from "./templates.ts";
import { voiceMessage } from "./voice.ts";

export interface MessageRequest {
  /** The destination, in the form its channel takes. */
  readonly to: string;
  /** The country of a phone number, ISO 3166-1 alpha-2; absent for numbers that belong to none. */
  readonly country?: string;
  readonly code: string;
  /** The name the user knows the sender by. */
  readonly brand: string;
  readonly branding?: Branding;
  /** Milliseconds the code still has to live. */
  readonly expiresInMs: number;
  /** The language asked for, BCP 47. */
  readonly locale: string;
  /** What the code is for; may be empty. */
  readonly purpose: string;
  /** What the user agrees to with the code, in the order it is shown. */
  readonly transaction: ReadonlyMap<string, string>;
  /** Values for the profile's variables; those left out are empty. */
  readonly variables: ReadonlyMap<string, string>;
  /** Lets a device fill the code in from an SMS, and from an e-mail for a web page; calls ignore it. */
  readonly autofill?: Autofill;
  /** Has a call ask for a key press first, and is then the URL its provider continues at; other channels ignore it. */
  readonly keyPressUrl?: string;
}

/** How e-mails look like the sender's own. */
export interface Branding {
  /** An https URL. */
  readonly logoUrl?: string;
  /** `#rrggbb`. */
  readonly color?: string;
}

export type Autofill =
  | { readonly kind: "web"; readonly host: string }
  | { readonly kind: "android"; readonly hash: string };

/**
 * Words a code for a channel.
 *
 * Values are shown as they are, but each as one line of plain text: none adds a line, a
 * header or markup to the message. Throws TemplateError if a template of the operator's own
 * cannot be rendered or leaves the code out; that holds no value.
 */
export function composeMessage(templates: Templates, channel: Channel, request: MessageRequest): Message {
  const composing = {
    request,
    templates: templates.choose(channel, request.locale),
    variables: templates.variables,
  };
  switch (channel) {
    case "sms":
      return smsMessage(composing);
    case "voice":
      return voiceMessage(composing);
    case "email":
      return emailMessage(composing);
  }
}
