import type { SmsMessage } from "../delivery/provider.ts";
import type { Autofill } from "./compose-message.ts";
import type { Wording, Words } from "./wording.ts";

export interface SmsParts {
  to: string;
  words: Words;
  wording: Wording;
  autofill: Autofill | undefined;
}

export function smsMessage({ to, words, wording, autofill }: SmsParts): SmsMessage {
  const text = wording.sms(words);
  return { channel: "sms", to, text: autofill ? `${text}\n\n${autofillLine(autofill, words.code)}` : text };
}

/**
 * The last line of an SMS, which a device reads: for a web page
 * https://wicg.github.io/sms-one-time-codes/, for an Android app
 * https://developers.google.com/identity/sms-retriever/verify.
 *
 * Only what a host or a hash is made of gets into it, so nothing can stand between it and the code.
 */
function autofillLine(autofill: Autofill, code: string): string {
  switch (autofill.kind) {
    case "web":
      return `@${autofill.host.replace(/[^A-Za-z0-9.-]/g, "")} #${code}`;
    case "android":
      return autofill.hash.replace(/[^A-Za-z0-9+/]/g, "");
  }
}
