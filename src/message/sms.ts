import type { SmsMessage } from "../delivery/provider.ts";
import type { Autofill } from "./compose-message.ts";
import { type ScopeSettings, scopeOf } from "./scope.ts";
import { textWithCode } from "./text-with-code.ts";

/** What an Android app's reader takes in all, in bytes: https://developers.google.com/identity/sms-retriever/verify */
export const androidBytesMax = 140;

export function smsMessage(settings: ScopeSettings): SmsMessage {
  const { to, country, expiresInMs } = settings.request;
  return {
    channel: "sms",
    to,
    ...(country !== undefined && { country }),
    text: fittingText(settings),
    locale: settings.templates.tag,
    validForMs: expiresInMs,
  };
}

/** Brief where that makes it fit for the reader of an Android app. If nothing does, it is sent all the same: the user can read it. */
function fittingText(settings: ScopeSettings): string {
  const text = smsText(settings);
  if (settings.request.autofill?.kind !== "android" || isReadByAndroid(text)) return text;
  const brief = smsText({ ...settings, brief: true });
  return isReadByAndroid(brief) ? brief : text;
}

function isReadByAndroid(text: string): boolean {
  return Buffer.byteLength(text) <= androidBytesMax;
}

function smsText(settings: ScopeSettings): string {
  const { code, autofill } = settings.request;
  const text = smsWording(settings).replace(bindingLine, (line) => line.replaceAll("#", ""));
  return autofill === undefined ? text : `${text}\n\n${autofillLine(autofill, code)}`;
}

/** What an SMS says, without the line for a device. */
export function smsWording(settings: ScopeSettings): string {
  return textWithCode(settings.templates.part("sms"), scopeOf(settings), settings.request.code);
}

/**
 * A line that a device could read as binding a code to a host. Where a value makes one, it
 * loses its `#`: the only such line is the one that the caller asks for.
 */
export const bindingLine = /^[^\S\n]*@.*#.*$/gm;

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
