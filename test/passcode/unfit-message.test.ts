import { describe, expect, test } from "vitest";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { languageTags } from "../../src/message/language.ts";
import { planSend, type SendRequest } from "../../src/passcode/plan-send.ts";
import type { Profile } from "../../src/passcode/profile.ts";
import { systemRandom } from "../../src/random.ts";
import { ownTemplates } from "../message/own-templates.ts";
import { sendRequestWith } from "../support/passcodes.ts";

const [embedded] = embeddedConfig(systemRandom).profiles.values();
const builtIn: Profile = embedded ?? expect.fail("there is an embedded profile");

const variables = new Map([["shop", "Corner"]]);
const pairs = "{% for one in transaction %}{{ one.name }}: {{ one.value }}; {% endfor %}";
const own: Profile = {
  ...builtIn,
  variables,
  templates: ownTemplates(
    {
      "sms.en.liquid": `{{ code }} {{ shop }} ${pairs}{{ purpose }} for you`,
      "sms.de.liquid": "{{ code }} {{ shop }} for you",
      "sms.fr.liquid": "{{ code }} {% for one in transaction %}{{ one.value | truncate: 4 }} {% endfor %}ok",
      "voice.en.liquid": "{{ code }} {% for one in transaction limit: 1 %}{{ one.value }}{% endfor %}",
      "email.en.subject.liquid": "Code",
      "email.en.text.liquid": `{{ code }} ${pairs}`,
      "email.en.html.liquid": `<p>{{ code }} ${pairs}</p>`,
      "email.de.subject.liquid": "Code",
      "email.de.text.liquid": `{{ code }} ${pairs}`,
      "email.de.html.liquid": "<p>{{ code }}</p>",
    },
    { variables },
  ),
};

const transaction = { amount: "12 EUR", payee_name: 'Kim & "Söhne"' };
const mail = { kind: "email", address: "ann@example.com" } as const;

/** The field that a request is refused for; undefined if it is not. */
function fieldRefused(profile: Profile, changes: Partial<SendRequest>): string | undefined {
  const planned = planSend(profile, sendRequestWith(changes), systemRandom);
  return planned.kind === "invalid" ? planned.invalid.field : undefined;
}

describe("a transaction is refused that an own template", () => {
  test.each<[string, Partial<SendRequest>]>([
    ["leaves out", { locale: "de" }],
    ["cuts short", { locale: "fr" }],
    ["shows in part, in a call", { channel: "voice" }],
    ["leaves out of the half of an e-mail that most read", { destination: mail, locale: "de" }],
  ])("%s", (_, more) => {
    expect(fieldRefused(own, { transaction, ...more })).toBe("transaction");
    expect(fieldRefused(own, more)).toBeUndefined();
  });

  test("leaves out in the channel that stands in", () => {
    const fallback = { channels: ["sms", "voice"] } as const;
    expect(fieldRefused({ ...own, fallback }, { transaction })).toBe("transaction");
  });

  test("does not leave out, in words that say nothing of its values", () => {
    expect(fieldRefused(own, { transaction })).toBeUndefined();
    expect(fieldRefused(own, { transaction, destination: mail })).toBeUndefined();
    const planned = planSend(own, sendRequestWith({ transaction, locale: "de" }), systemRandom);
    expect(planned).toMatchObject({ invalid: { why: expect.stringContaining("not show in full") } });
    expect(JSON.stringify(planned)).not.toMatch(/12 EUR|Kim/);
  });

  test.each(languageTags())("nor does the built-in one in %s", (locale) => {
    for (const channel of ["sms", "voice"] as const) {
      expect(fieldRefused(builtIn, { transaction, locale, channel })).toBeUndefined();
    }
    expect(fieldRefused(builtIn, { transaction, locale, destination: mail })).toBeUndefined();
  });
});

describe("an SMS of more segments than the profile sends is refused", () => {
  const emoji = "😀".repeat(25);
  const emojis = { a: emoji, b: emoji, c: emoji, d: emoji, e: emoji, f: emoji };

  test.each<[string, Profile, Partial<SendRequest>]>([
    ["transaction", builtIn, { transaction: emojis }],
    ["transaction", own, { transaction: emojis, variables: { shop: "Corner" } }],
    ["variables", own, { variables: { shop: "😀".repeat(140) } }],
    ["purpose", own, { purpose: "ж".repeat(300) }],
    ["autofill_web_host", builtIn, { locale: "ar", autofill: { kind: "web", host: "a".repeat(253) } }],
  ])("for its %s", (field, profile, changes) => {
    const listed = { ...profile, autofill: { ...profile.autofill, webHosts: new Set(["a".repeat(253)]) } };
    expect(fieldRefused(listed, changes)).toBe(field);
    expect(fieldRefused({ ...listed, smsSegmentsMax: 10 }, changes)).toBeUndefined();
  });

  test("also where it only stands in for a call", () => {
    const fallback = { channels: ["voice", "sms"] } as const;
    const call = { channel: "voice", transaction: emojis } as const;
    expect(fieldRefused({ ...builtIn, fallback }, call)).toBe("transaction");
    expect(fieldRefused(builtIn, call)).toBeUndefined();
  });

  test.each(languageTags())("but none in %s for a usual payment, or for the longest brand", (locale) => {
    const payment = { amount: "1,234.56 EUR", payee: "Kim Doe", iban: "DE89 3704 0044 0532 0130 00" };
    expect(fieldRefused(builtIn, { locale, transaction: payment })).toBeUndefined();
    const longest = { ...builtIn, brand: "Ж".repeat(40), smsSegmentsMax: 2 };
    const short = { kind: "android", hash: "FA+9qCX9VSu" } as const;
    const listed = { ...longest, autofill: { ...longest.autofill, androidHashes: new Set([short.hash]) } };
    expect(fieldRefused(listed, { locale, autofill: short })).toBeUndefined();
  });
});
