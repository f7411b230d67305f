import { expect, test } from "vitest";
import { sayLanguage } from "../../../src/delivery/twilio/say-language.ts";

test.each([
  ["en-GB", "en-GB"],
  ["en", "en-US"],
  ["en-CA", "en-US"],
  ["en-NG", "en-GB"],
  ["de-CH", "de-DE"],
  ["de-AT", "de-AT"],
  ["fr-CH", "fr-FR"],
  ["es-AR", "es-MX"],
  ["pt", "pt-BR"],
  ["pt-AO", "pt-PT"],
  ["nn-NO", "nb-NO"],
  ["no", "nb-NO"],
  ["ar-EG", "arb"],
  ["ar-AE", "ar-AE"],
  ["zh", "cmn-CN"],
  ["zh-Hans-SG", "cmn-CN"],
  ["zh-TW", "cmn-TW"],
  ["zh-Hant", "cmn-TW"],
  ["zh-HK", "yue-HK"],
  ["zh-Hant-MO", "yue-HK"],
  ["yue", "yue-HK"],
  ["tl-PH", "fil-PH"],
  ["iw", "he-IL"],
  ["ka-GE", "en-US"],
  ["", "en-US"],
  ['en"><Dial>', "en-US"],
])("the voice for %j speaks %s", (locale, language) => {
  expect(sayLanguage(locale)).toBe(language);
});
