import { describe, expect, test } from "vitest";
import { isTag, LocaleChoice } from "../../src/message/locale-choice.ts";
import { builtInTemplates, Templates } from "../../src/message/templates.ts";
import { emailOf, smsText } from "./message-request.ts";
import { ownTemplates } from "./own-templates.ts";

describe("among the built-in languages", () => {
  test.each([
    ["zh-HK", "zh-Hant"],
    ["zh-Hant-HK", "zh-Hant"],
    ["zh-TW", "zh-Hant"],
    ["zh-SG", "zh-Hans"],
    ["zh", "zh-Hans"],
    ["no", "nb"],
    ["nn", "nb"],
    ["sr-ME", "sr-Latn"],
    ["sr-Latn-RS", "sr-Latn"],
    ["pt", "pt-BR"],
    ["pt-Latn-PT", "pt-PT"],
    ["pt-AO", "pt-PT"],
    ["es-MX", "es-419"],
    ["es-ES", "es"],
    ["en-AU", "en"],
    ["DE-de", "de"],
    ["de-CH-1996", "de"],
    ["ja-u-ca-japanese", "ja"],
    ["iw", "he"],
    ["gsw", "de"],
  ])("%s gets %s", (asked, expected) => {
    expect(builtInTemplates.choose("email", asked).tag).toBe(expected);
  });

  test.each(["tlh", "und", "", "*", "en_US", "x-foo", "Hant", "a".repeat(300), "de\n"])(
    "%j, which is near to none, gets the profile's language",
    (asked) => {
      expect(new Templates({ locale: "de-AT" }).choose("sms", asked).tag).toBe("de");
      expect(builtInTemplates.choose("sms", asked).tag).toBe("en");
    },
  );

  test("a profile in a language that there is none for gets English", () => {
    expect(new Templates({ locale: "tlh" }).choose("sms", "").tag).toBe("en");
  });
});

describe("a profile's own templates", () => {
  const templates = ownTemplates(
    {
      "sms.de.liquid": "de {{ code }}",
      "sms.pt-BR.liquid": "pt-BR {{ code }}",
      "sms.zh-Hant.liquid": "zh-Hant {{ code }}",
    },
    { locale: "de-CH" },
  );

  test.each([
    ["de", "de"],
    ["gsw", "de"],
    ["pt-PT", "pt-BR"],
    ["zh-HK", "zh-Hant"],
    ["fr", "de"],
    ["en", "de"],
    ["", "de"],
  ])("asked for in %j, the one in %s serves", (locale, expected) => {
    expect(smsText({ templates, locale })).toBe(`${expected} 471902`);
  });

  test("serve the channels they are for, and the built-in languages the others", () => {
    expect(emailOf({ templates, locale: "fr" }).html).toContain('<html lang="fr"');
    expect(emailOf({ templates, locale: "tlh" }).html).toContain('<html lang="de"');
  });
});

test("choices stay the same, however many were made before", () => {
  const choice = new LocaleChoice(["en", "de"], "en");
  for (let count = 0; count < 2_000; count += 1) {
    expect(choice.of(`de-x-${count}`)).toBe("de");
    expect(choice.of(`q${count}`)).toBe("en");
  }
});

test.each([
  ["de", true],
  ["pt-BR", true],
  ["zh-Hant", true],
  ["es-419", true],
  ["DE", false],
  ["iw", false],
  ["zh-Hant-TW", false],
  ["de-DE-1996", false],
  ["de-QQ", false],
  ["tlh", false],
  ["", false],
])("whether %j is a tag to choose by: %s", (tag, expected) => {
  expect(isTag(tag)).toBe(expected);
});
