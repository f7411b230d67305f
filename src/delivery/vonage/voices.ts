import { nearestVoice } from "../nearest-voice.ts";

/** A voice of Vonage's text to speech. */
export interface Voice {
  /** As the `talk` action names it. */
  readonly language: string;
  readonly style: number;
  /** Whether it reads SSML. One that does not is given words alone. */
  readonly readsSsml: boolean;
}

/**
 * What voices without surcharge speak: https://developer.vonage.com/en/voice/voice-api/guides/text-to-speech
 * and, not yet in there, de-AT, en-IE, en-NZ and gl-ES of the SDK (TTSLanguages of @vonage/voice 1.24.1).
 */
const languages: readonly string[] = [
  ...[
    "af-ZA",
    "ar",
    "bg-BG",
    "bn-IN",
    "ca-ES",
    "cmn-CN",
    "cmn-TW",
    "cs-CZ",
    "cy-GB",
    "da-DK",
    "de-AT",
    "de-DE",
  ],
  ...[
    "el-GR",
    "en-US",
    "en-GB",
    "en-AU",
    "en-IE",
    "en-IN",
    "en-NZ",
    "en-ZA",
    "es-US",
    "es-ES",
    "es-MX",
    "eu-ES",
    "fi-FI",
  ],
  ...[
    "fil-PH",
    "fr-FR",
    "fr-CA",
    "gl-ES",
    "gu-IN",
    "he-IL",
    "hi-IN",
    "hu-HU",
    "id-ID",
    "is-IS",
    "it-IT",
    "ja-JP",
    "kn-IN",
  ],
  ...["ko-KR", "lv-LV", "ml-IN", "ms-MY", "nb-NO", "nl-NL", "nl-BE", "pa-IN", "pl-PL", "pt-PT", "pt-BR"],
  ...["ro-RO", "ru-RU", "sk-SK", "sr-RS", "sv-SE", "ta-IN", "te-IN", "th-TH", "tr-TR", "uk-UA", "vi-VN"],
  "yue-HK",
];

/** The first style that reads SSML, where that is not the first of all. */
const ssmlStyles: ReadonlyMap<string, number> = new Map([
  ["ca-ES", 2],
  ["cmn-TW", 1],
  ["th-TH", 1],
]);

/** No style reads SSML, or none is known to. */
const withoutSsml: ReadonlySet<string> = new Set([
  ...["en-ZA", "eu-ES", "he-IL"],
  ...["de-AT", "en-IE", "en-NZ", "gl-ES", "gu-IN"],
]);

/** The voice for a locale, BCP 47; undefined if none speaks its language. */
export function voiceFor(locale: string): Voice | undefined {
  const language = nearestVoice(locale, languages);
  return language === undefined
    ? undefined
    : { language, style: ssmlStyles.get(language) ?? 0, readsSsml: !withoutSsml.has(language) };
}
