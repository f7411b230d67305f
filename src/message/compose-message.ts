import type { Message } from "../delivery/provider.ts";
import type { Channel } from "../ledger/channel.ts";
import { emailMessage } from "./email.ts";
import { english } from "./english.ts";
import { oneLine } from "./one-line.ts";
import { smsMessage } from "./sms.ts";
import { voiceMessage } from "./voice.ts";
import type { Words } from "./wording.ts";

export interface MessageRequest {
  /** The destination, in the form its channel takes. */
  to: string;
  code: string;
  /** The name the user knows the sender by. */
  brand: string;
  /** Milliseconds the code still has to live. */
  expiresInMs: number;
  /** The language asked for, BCP 47. A language without a wording gets English. */
  locale: string;
  /** What the user agrees to with the code, in the order it is shown. */
  transaction: ReadonlyMap<string, string>;
  /** Lets a device fill the code in from an SMS; other channels ignore it. */
  autofill?: Autofill;
}

export type Autofill = { kind: "web"; host: string } | { kind: "android"; hash: string };

/**
 * Words a code for a channel, with the built-in wording.
 *
 * Brand and transaction are shown as they are, but each as one line of plain text: no
 * value adds a line, a header or markup to the message.
 */
export function composeMessage(channel: Channel, request: MessageRequest): Message {
  const { to } = request;
  const words: Words = {
    code: request.code,
    brand: oneLine(request.brand),
    expiresInMs: request.expiresInMs,
    transaction: Array.from(request.transaction, ([name, value]) => ({
      name: oneLine(name.replaceAll("_", " ")),
      value: oneLine(value),
    })),
  };
  switch (channel) {
    case "sms":
      return smsMessage({ to, words, wording: english, autofill: request.autofill });
    case "voice":
      return voiceMessage({ to, words, wording: english, locale: request.locale });
    case "email":
      return emailMessage({ to, words, wording: english });
  }
}
