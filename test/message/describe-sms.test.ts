import { expect, test } from "vitest";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { describeSegments, describeSms } from "../../src/message/describe-sms.ts";
import { languageTags } from "../../src/message/language.ts";
import { type Samples, sampleRequest } from "../../src/message/sample.ts";
import { builtInTemplates } from "../../src/message/templates.ts";
import { ownTemplates } from "./own-templates.ts";

const samples: Samples = {
  brand: "Acme",
  branding: {},
  variables: new Map([["first_name", "Kim"]]),
  policy: defaultPolicy,
};

test("the operator's own templates are described as they travel with the samples, those alike together", () => {
  const templates = ownTemplates(
    {
      "sms.de.liquid": "{{ first_name }}, Ihr Code: {{ code }}",
      "sms.en.liquid": `{{ code }} ${"x".repeat(160)}`,
      "sms.ru.liquid": "Код: {{ code }} ({{ expires_in }})",
    },
    samples,
  );
  expect(describeSms(templates, samples)).toEqual([
    "GSM-7, 1 segment: de (21 of 160)",
    "GSM-7, 2 segments: en (167 of 306)",
    "UCS-2, 1 segment: ru (22 of 70)",
  ]);
});

test("templates are described in the alphabet that a provider is handed", () => {
  const templates = ownTemplates(
    {
      "sms.de.liquid": "Für Sie: {{ code }}",
      "sms.en.liquid": `{{ code }} ${"x".repeat(140)}`,
      "sms.ru.liquid": "Код: {{ code }}",
    },
    samples,
  );
  expect(describeSms(templates, samples, "ASCII")).toEqual([
    "UCS-2, 1 segment: de (15 of 70), ru (11 of 70)",
    "ASCII, 1 segment: en (147 of 160)",
  ]);
  expect(describeSms(templates, samples, "Latin-1")).toEqual([
    "Latin-1, 1 segment: de (15 of 140)",
    "Latin-1, 2 segments: en (147 of 268)",
    "UCS-2, 1 segment: ru (11 of 70)",
  ]);
});

test("a profile without templates of its own has the built-in ones described", () => {
  const lines = describeSms(builtInTemplates, samples);
  expect(lines.join("\n")).toMatch(/^GSM-7, 1 segment: .*\ben \(77 of 160\)/m);
  expect(lines.join().match(/\bof\b/g)).toHaveLength(languageTags().length);
});

test("a text of no letters is a segment too", () => {
  expect(describeSegments("")).toBe("GSM-7, 1 segment (0 of 160)");
});

test.each([
  ["digits", 6, "123456"],
  ["digits", 10, "1234567890"],
  ["letters", 4, "K7MX"],
] as const)("samples have a code of the profile's kind: %s of %i", (codeAlphabet, codeLength, expected) => {
  const policy = { ...defaultPolicy, codeAlphabet, codeLength };
  expect(sampleRequest({ ...samples, policy }, { locale: "en" }).code).toBe(expected);
});
