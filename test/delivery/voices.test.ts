import { readdirSync, readFileSync } from "node:fs";
import { VoiceId } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import { describe, expect, test } from "vitest";
import { voiceFor as pollyVoice } from "../../src/delivery/aws/voices.ts";
import { sayLanguage, sayLanguages } from "../../src/delivery/twilio/say-language.ts";
import { voiceFor as vonageVoice } from "../../src/delivery/vonage/voices.ts";

type Voice = string | undefined;

/** What a speech in the locale is said in: by Twilio and Vonage in a language of theirs, by AWS with a voice of Polly's. */
type Row = readonly [locale: string, twilio?: Voice, vonage?: Voice, aws?: Voice];

/** Of every language that there is built-in wording in, by its own locale. */
const builtIn: readonly Row[] = [
  ["af-ZA", "af-ZA", "af-ZA"],
  ["ar-SA", "arb", "ar", "ZEINA"],
  ["az-AZ"],
  ["bg-BG", "bg-BG", "bg-BG"],
  ["bn-BD", "bn-IN", "bn-IN"],
  ["bs-BA"],
  ["ca-ES", "ca-ES", "ca-ES"],
  ["cs-CZ", "cs-CZ", "cs-CZ"],
  ["da-DK", "da-DK", "da-DK", "NAJA"],
  ["de-DE", "de-DE", "de-DE", "VICKI"],
  ["el-GR", "el-GR", "el-GR"],
  ["en-US", "en-US", "en-US", "JOANNA"],
  ["es-ES", "es-ES", "es-ES", "LUCIA"],
  ["es-MX", "es-MX", "es-MX", "MIA"],
  ["et-EE"],
  ["eu-ES", undefined, "eu-ES"],
  ["fa-IR"],
  ["fi-FI", "fi-FI", "fi-FI"],
  ["fil-PH", "fil-PH", "fil-PH"],
  ["fr-FR", "fr-FR", "fr-FR", "LEA"],
  ["gl-ES", undefined, "gl-ES"],
  ["he-IL", "he-IL", "he-IL"],
  ["hi-IN", "hi-IN", "hi-IN"],
  ["hr-HR"],
  ["hu-HU", "hu-HU", "hu-HU"],
  ["hy-AM"],
  ["id-ID", "id-ID", "id-ID"],
  ["is-IS", "is-IS", "is-IS", "DORA"],
  ["it-IT", "it-IT", "it-IT", "BIANCA"],
  ["ja-JP", "ja-JP", "ja-JP", "MIZUKI"],
  ["ka-GE"],
  ["kk-KZ"],
  ["ko-KR", "ko-KR", "ko-KR", "SEOYEON"],
  ["lt-LT"],
  ["lv-LV", "lv-LV", "lv-LV"],
  ["mk-MK"],
  ["mr-IN", "mr-IN"],
  ["ms-MY", "ms-MY", "ms-MY"],
  ["nb-NO", "nb-NO", "nb-NO", "LIV"],
  ["nl-NL", "nl-NL", "nl-NL", "LOTTE"],
  ["pl-PL", "pl-PL", "pl-PL", "EWA"],
  ["pt-BR", "pt-BR", "pt-BR", "CAMILA"],
  ["pt-PT", "pt-PT", "pt-PT", "INES"],
  ["ro-RO", "ro-RO", "ro-RO", "CARMEN"],
  ["ru-RU", "ru-RU", "ru-RU", "TATYANA"],
  ["sk-SK", "sk-SK", "sk-SK"],
  ["sl-SI"],
  ["sq-AL"],
  ["sr-Latn-RS", "sr-RS", "sr-RS"],
  ["sr-RS", "sr-RS", "sr-RS"],
  ["sv-SE", "sv-SE", "sv-SE", "ASTRID"],
  ["sw-KE"],
  ["ta-IN", "ta-IN", "ta-IN"],
  ["te-IN", "te-IN", "te-IN"],
  ["th-TH", "th-TH", "th-TH"],
  ["tr-TR", "tr-TR", "tr-TR", "FILIZ"],
  ["uk-UA", "uk-UA", "uk-UA"],
  ["ur-PK"],
  ["vi-VN", "vi-VN", "vi-VN"],
  ["zh-CN", "cmn-CN", "cmn-CN", "ZHIYU"],
  ["zh-TW", "cmn-TW", "cmn-TW", "ZHIYU"],
];

/** Of what else is asked for: other regions, no region, a script, older names. */
const asked: readonly Row[] = [
  ["en", "en-US", "en-US", "JOANNA"],
  ["en-gb", "en-GB", "en-GB", "AMY"],
  ["en-CA", "en-CA", "en-US", "JOANNA"],
  ["en-DE", "en-GB", "en-GB", "AMY"],
  ["en-IE", "en-IE", "en-IE", "AMY"],
  ["en-IN", "en-IN", "en-IN", "RAVEENA"],
  ["en-NG", "en-GB", "en-GB", "AMY"],
  ["en-ZA", "en-ZA", "en-ZA", "AMY"],
  ["en-001", "en-US", "en-US", "JOANNA"],
  ["de", "de-DE", "de-DE", "VICKI"],
  ["de-AT", "de-AT", "de-AT", "VICKI"],
  ["de-CH", "de-DE", "de-DE", "VICKI"],
  ["fr-BE", "fr-BE", "fr-FR", "LEA"],
  ["fr-CA", "fr-CA", "fr-CA", "CHANTAL"],
  ["es-419", "es-MX", "es-US", "MIA"],
  ["es-AR", "es-MX", "es-US", "MIA"],
  ["es-US", "es-US", "es-US", "LUPE"],
  ["pt", "pt-BR", "pt-BR", "CAMILA"],
  ["pt-AO", "pt-PT", "pt-PT", "INES"],
  ["nl-BE", "nl-BE", "nl-BE", "LOTTE"],
  ["ar-AE", "ar-AE", "ar", "ZEINA"],
  ["ar-EG", "arb", "ar", "ZEINA"],
  ["nb", "nb-NO", "nb-NO", "LIV"],
  ["nn-NO", "nb-NO", "nb-NO", "LIV"],
  ["no", "nb-NO", "nb-NO", "LIV"],
  ["fil", "fil-PH", "fil-PH"],
  ["tl-PH", "fil-PH", "fil-PH"],
  ["iw", "he-IL", "he-IL"],
  ["in-ID", "id-ID", "id-ID"],
  ["sr-Latn-ME", "sr-RS", "sr-RS"],
  ["zh", "cmn-CN", "cmn-CN", "ZHIYU"],
  ["zh-Hans-SG", "cmn-CN", "cmn-CN", "ZHIYU"],
  ["zh-Hant", "cmn-TW", "cmn-TW", "ZHIYU"],
  ["zh-Hant-TW", "cmn-TW", "cmn-TW", "ZHIYU"],
  ["zh-HK", "yue-HK", "yue-HK"],
  ["zh-Hant-MO", "yue-HK", "yue-HK"],
  ["yue", "yue-HK", "yue-HK"],
  ["am", "am-ET"],
  ["gu", "gu-IN", "gu-IN"],
  ["cmn-TW", "cmn-TW", "cmn-TW", "ZHIYU"],
];

function voicesFor(locale: string): Row {
  return [locale, sayLanguage(locale), vonageVoice(locale)?.language, pollyVoice(locale)];
}

test.each([...builtIn, ...asked].map((row) => [row[0], row] as const))(
  "a speech in %s has a voice of that language, or none",
  (_, [locale, twilio, vonage, aws]) => {
    expect(voicesFor(locale)).toEqual([locale, twilio, vonage, aws]);
  },
);

test("Twilio is asked for every language that its SDK knows a voice of, and for no other", () => {
  const sdk = "test/counterparts/node_modules/twilio/lib/twiml/VoiceResponse.d.ts";
  const declared = /type SayLanguage = ([^;]+);/.exec(readFileSync(sdk, "utf8"))?.[1] ?? "";
  const known = [...declared.matchAll(/"([^"]+)"/g)].map(([, language = ""]) => language);
  const otherNames = ["ar-XA", "en-GB-WLS", "zh-CN", "zh-HK", "zh-TW"];
  expect(known.length).toBeGreaterThan(60);
  expect([...sayLanguages].sort()).toEqual(known.filter((one) => !otherNames.includes(one)).sort());
});

test("it is known who speaks each of the languages that there is wording in", () => {
  const folder = new URL("../../src/message/languages/", import.meta.url);
  const locales = readdirSync(folder).map(
    (name): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8")).locale,
  );
  expect(builtIn.map(([locale]) => locale).sort()).toEqual(locales.sort());
});

describe("whatever the locale", () => {
  const letters = Array.from({ length: 26 }, (_, at) => String.fromCharCode(97 + at));
  const locales = letters.flatMap((first) => letters.map((second) => first + second));
  const language = (tag: string) => new Intl.Locale(tag).language;
  /** Those that are spoken alike. */
  const spoken = (locale: string) => language(locale).replace(/^(?:nn|no)$/, "nb");

  test.each(["", "-DE"])("with %j, no voice is of another language", (rest) => {
    for (const locale of locales.map((one) => one + rest)) {
      const [, twilio, vonage] = voicesFor(locale);
      for (const voice of [twilio, vonage]) {
        if (voice !== undefined) expect(language(voice)).toBe(spoken(locale));
      }
    }
  });

  test("AWS has only voices that its calls can be made with", () => {
    const voices = locales.map((one) => pollyVoice(one)).filter((voice) => voice !== undefined);
    expect(voices.length).toBeGreaterThan(20);
    for (const voice of voices) expect(Object.values(VoiceId)).toContain(voice);
  });

  test.each(["", "-", "mn-MN", "xx", "root", "constructor", "__proto__-US", "not a tag", 'en"><Dial>'])(
    "nobody speaks %j",
    (locale) => {
      expect(voicesFor(locale)).toEqual([locale, undefined, undefined, undefined]);
    },
  );
});
