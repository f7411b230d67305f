import type { VoiceMessage } from "../delivery/provider.ts";
import type { Wording, Words } from "./wording.ts";

export interface VoiceParts {
  to: string;
  words: Words;
  wording: Wording;
  /** The language asked for, BCP 47. */
  locale: string;
}

/** Keeps the region that was asked for when the wording is in that language, so that `en-GB` is read by a British voice. */
export function voiceMessage({ to, words, wording, locale }: VoiceParts): VoiceMessage {
  const asked = regionalTag.test(locale) && languageOf(locale) === languageOf(wording.locale);
  return { channel: "voice", to, speech: wording.speech(words), locale: asked ? locale : wording.locale };
}

const regionalTag = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})+$/;

function languageOf(tag: string): string {
  return tag.replace(/-.*/, "").toLowerCase();
}
