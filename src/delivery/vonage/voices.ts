/** A voice of Vonage's text to speech. */
export interface Voice {
  /** As the `talk` action names it. */
  readonly language: string;
  readonly style: number;
  /** Whether it reads SSML. One that does not is given words alone. */
  readonly readsSsml: boolean;
}

/**
 * The languages that voices without surcharge speak, in the order in which they stand in
 * for regions that have none: https://developer.vonage.com/en/voice/voice-api/guides/text-to-speech
 */
const languages: readonly string[] = [
  ...["af-ZA", "ar", "bg-BG", "bn-IN", "ca-ES", "cmn-CN", "cmn-TW", "cs-CZ", "cy-GB", "da-DK", "de-DE"],
  ...["el-GR", "en-US", "en-GB", "en-AU", "en-IN", "en-ZA", "es-US", "es-ES", "es-MX", "eu-ES", "fi-FI"],
  ...["fil-PH", "fr-FR", "fr-CA", "he-IL", "hi-IN", "hu-HU", "id-ID", "is-IS", "it-IT", "ja-JP", "kn-IN"],
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

/** No style reads SSML. */
const withoutSsml: ReadonlySet<string> = new Set(["en-ZA", "eu-ES", "he-IL"]);

/** Locales, and languages, that Vonage has other names for. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["zh-HK", "yue-HK"],
  ["zh-MO", "yue-HK"],
  ["zh", "cmn"],
  ["no", "nb"],
  ["nn", "nb"],
  ["tl", "fil"],
]);

/** The voice of the locale, or else of its language; undefined if no voice speaks that. */
export function voiceFor(locale: string): Voice | undefined {
  const [first = "", ...rest] = locale.split("-");
  const region = rest.find((part) => /^[A-Za-z]{2}$/.test(part))?.toUpperCase();
  const own = first.toLowerCase();
  const spoken = otherNames.get(`${own}-${region}`) ?? `${otherNames.get(own) ?? own}-${region}`;
  const [speech] = spoken.split("-");
  const language =
    languages.find((one) => one === spoken) ?? languages.find((one) => one.split("-")[0] === speech);
  return language === undefined
    ? undefined
    : { language, style: ssmlStyles.get(language) ?? 0, readsSsml: !withoutSsml.has(language) };
}
