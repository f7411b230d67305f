import { expect, test } from "vitest";
import { callOf, payment, said } from "./message-request.ts";
import { ownTemplates } from "./own-templates.ts";

test("a call says who calls, the code twice, how long it is valid, and to keep it", () => {
  expect(callOf().speech.parts).toEqual([
    { kind: "words", text: "Hello. This is Acme, calling with your code. Your code is:" },
    { kind: "code", characters: "471902" },
    { kind: "words", text: "Once more, your code is:" },
    { kind: "code", characters: "471902" },
    { kind: "words", text: "It is valid for 10 minutes. Do not share it with anyone. Goodbye." },
  ]);
});

test("a call goes to its number and country, and is of use as long as its code", () => {
  expect(callOf({ country: "DE" })).toMatchObject({
    to: "+491701234567",
    country: "DE",
    validForMs: 600_000,
  });
});

test("a call says the transaction before the code", () => {
  expect(said({ transaction: payment })).toContain(
    "It confirms: amount: 12 EUR, payee name: Bob & Söhne, Your code is: [471902]",
  );
});

test("a call asks for a key press, in the language of its speech, only where it is told where to go on", () => {
  const continueUrl = "https://passcode.test/continue";
  expect(callOf({ keyPressUrl: continueUrl }).keyPress).toEqual({
    prompt: "This is Acme. To hear your code, press any key.",
    continueUrl,
  });
  expect(callOf({ keyPressUrl: continueUrl, locale: "de" }).keyPress?.prompt).toMatch(/Acme.*Taste/);
  expect(callOf().keyPress).toBeUndefined();
});

test.each([
  ["en-GB", "en-GB"],
  ["en", "en-US"],
  ["de-CH", "de-CH"],
  ["de", "de-DE"],
  ["zh-HK", "zh-HK"],
  ["zh-Hant", "zh-TW"],
  ["es-419", "es-MX"],
  ["en-001", "en-US"],
  ["tlh", "en-US"],
  ["no-NO", "nb-NO"],
  ["", "en-US"],
  ["en-\n", "en-US"],
])("a call asked for in %o is read by a voice for %s", (locale, expected) => {
  expect(callOf({ locale }).speech.locale).toBe(expected);
});

test("a call of the operator's own says the code wherever its template has it, and asks for a key in its language", () => {
  const templates = ownTemplates(
    { "voice.gsw.liquid": "Grüezi. {{ code }}.\n\nNomol: {{ code }}. Adie {% if purpose %}!{% endif %}" },
    { locale: "gsw" },
  );
  const call = callOf({ templates, locale: "en", keyPressUrl: "https://passcode.test/continue" });
  expect(call.speech).toEqual({
    locale: "gsw-CH",
    parts: [
      { kind: "words", text: "Grüezi." },
      { kind: "code", characters: "471902" },
      { kind: "words", text: "Nomol:" },
      { kind: "code", characters: "471902" },
      { kind: "words", text: "Adie" },
    ],
  });
  expect(call.keyPress?.prompt).toMatch(/Taste/);
});

test.each(["{{ code }}.", "{{ code }}۔", "{{ code }}。", "{{ code }}！", "{{ code }} ।"])(
  "%s says no punctuation after the code",
  (source) => {
    const templates = ownTemplates({ "voice.en.liquid": source });
    expect(callOf({ templates }).speech.parts).toEqual([{ kind: "code", characters: "471902" }]);
  },
);
