import { nearestVoice } from "../nearest-voice.ts";

/**
 * What `<Say>` has voices for, as the SDK lists it (SayLanguage of twilio-node 6.3.1):
 * https://www.twilio.com/docs/voice/twiml/say/text-speech Any other value fails, and the
 * account chooses the voice of each.
 *
 * Left out are second names (zh-CN, zh-HK, zh-TW) and what is no BCP 47 (ar-XA, en-GB-WLS).
 */
export const sayLanguages: readonly string[] = [
  ...[
    "af-ZA",
    "am-ET",
    "ar-AE",
    "arb",
    "bg-BG",
    "bn-IN",
    "ca-ES",
    "cmn-CN",
    "cmn-TW",
    "cs-CZ",
    "cy-GB",
    "da-DK",
  ],
  ...[
    "de-AT",
    "de-DE",
    "el-GR",
    "en-AU",
    "en-CA",
    "en-GB",
    "en-IE",
    "en-IN",
    "en-NZ",
    "en-US",
    "en-ZA",
    "es-ES",
  ],
  ...["es-MX", "es-US", "fi-FI", "fil-PH", "fr-BE", "fr-CA", "fr-FR", "gu-IN", "he-IL"],
  ...["hi-IN", "hu-HU", "id-ID", "is-IS", "it-IT", "ja-JP", "kn-IN", "ko-KR", "lv-LV", "ml-IN"],
  ...["mr-IN", "ms-MY", "nb-NO", "nl-BE", "nl-NL", "pa-IN", "pl-PL", "pt-BR", "pt-PT", "ro-RO", "ru-RU"],
  ...["sk-SK", "sr-RS", "sv-SE", "ta-IN", "te-IN", "th-TH", "tr-TR", "uk-UA", "vi-VN", "yue-HK"],
];

/** The value of a `language` attribute for a locale, BCP 47; undefined if no voice speaks its language. */
export function sayLanguage(locale: string): string | undefined {
  return nearestVoice(locale, sayLanguages);
}
