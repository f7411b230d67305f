import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { languageTags, phraseNames, readLanguage } from "../../src/message/language.ts";
import { isTag } from "../../src/message/locale-choice.ts";
import { smsParts } from "../../src/message/segments.ts";
import { Templates } from "../../src/message/templates.ts";
import { callOf, emailOf, payment, smsText } from "./message-request.ts";

const rightToLeft = ["ar", "fa", "he", "ur"];

/** A profile in the language, so that nothing of it comes from another. */
const changesFor = (tag: string) => ({
  templates: new Templates({ locale: tag }),
  locale: tag,
  brand: "Stadtwerke",
});

test("there are at least forty languages, and nothing else beside them", () => {
  expect(languageTags().length).toBeGreaterThanOrEqual(40);
  expect(readdirSync("src/message/languages").filter((file) => !file.endsWith(".json"))).toEqual([]);
});

describe.each(languageTags())("%s", (tag) => {
  const language = readLanguage(tag);
  const phrases = Object.entries(language.phrases);

  test("has every phrase, and nothing else", () => {
    expect(Object.keys(language).toSorted()).toEqual(["direction", "locale", "phrases"]);
    expect(Object.keys(language.phrases).toSorted()).toEqual(phraseNames.toSorted());
    for (const [, phrase] of phrases) expect(phrase).toMatch(/^\S(?:[^\p{Cc}]*\S)?$/u);
  });

  test("is under a tag that choices can be made by, with a voice of the language in a region", () => {
    expect(isTag(tag)).toBe(true);
    expect(Intl.getCanonicalLocales(language.locale)).toEqual([language.locale]);
    const voice = new Intl.Locale(language.locale);
    expect(voice.language).toBe(new Intl.Locale(tag).language);
    expect(voice.region).toBeDefined();
  });

  test("runs in the direction of its script", () => {
    expect(language.direction).toBe(rightToLeft.includes(tag) ? "rtl" : "ltr");
  });

  test.each(phrases)("%s has the variables that it may have, and no other markup", (name, phrase) => {
    const code = name === "smsCode" || name === "smsConfirm" ? ["{{ code }}"] : [];
    const variables: string[] = phrase.match(/\{\{.*?\}\}/g) ?? [];
    expect(["{{ brand }}", "{{ expires_in }}", ...code]).toEqual(expect.arrayContaining(variables));
    expect(phrase.replace(/\{\{.*?\}\}/g, "")).not.toMatch(/[{}<>]|\[\[|\]\]/);
  });

  test("says code, brand and validity where they belong", () => {
    const { phrases } = language;
    for (const name of ["smsCode", "smsConfirm"] as const) expect(phrases[name]).toContain("{{ code }}");
    for (const name of [
      "smsCode",
      "smsConfirm",
      "speechGreeting",
      "keyPress",
      "emailSubject",
      "emailLead",
    ] as const) {
      expect(phrases[name]).toContain("{{ brand }}");
    }
    for (const name of ["valid", "speechClosing", "emailValid"] as const) {
      expect(phrases[name]).toContain("{{ expires_in }}");
    }
  });

  test("makes a message of each channel, with and without a transaction", () => {
    for (const transaction of [new Map<string, string>(), payment]) {
      const changes = { ...changesFor(tag), transaction };
      const call = callOf({ ...changes, keyPressUrl: "https://passcode.test/" });
      const { subject, text, html } = emailOf(changes);
      const all = [smsText(changes), JSON.stringify(call), subject, text, html];
      for (const one of all) expect(one).not.toMatch(/\[\[|\{\{|\{%|undefined/);
      for (const one of [smsText(changes), text, html])
        expect(one.includes("Bob")).toBe(transaction.size > 0);
      expect(call.speech.parts.filter(({ kind }) => kind === "code")).toHaveLength(2);
      expect(html).toContain(`<html lang="${tag}" dir="${language.direction}">`);
      expect(subject).not.toContain("471902");
    }
  });

  test("has an SMS of one segment for a brand of ten letters, a code of six digits and ten minutes", () => {
    expect(smsParts(smsText(changesFor(tag))).parts).toHaveLength(1);
  });

  test("has an SMS of at most two segments", () => {
    expect(smsParts(smsText({ ...changesFor(tag), code: "4719024719" })).parts.length).toBeLessThanOrEqual(2);
  });

  test("has an SMS that an Android app can read", () => {
    const text = smsText({ ...changesFor(tag), autofill: { kind: "android", hash: "FA+9qCX9VSu" } });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(140);
  });
});
