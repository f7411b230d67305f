import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MessageRequest } from "../../src/message/compose-message.ts";
import { callOf, emailOf, smsText } from "./message-request.ts";

/** Everything some reader takes for the end of a line. */
const lineBreak = /[\n\r\v\f\u0085\u2028\u2029]/;

// Each is a text that some reader acts on.
const breaks = [
  "\n",
  "\r\n",
  "\r",
  "\v",
  "\f",
  "\0",
  "\u0085",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066",
  "\ud800",
];
const markup = [
  "<",
  ">",
  "&",
  "'",
  '"',
  "</p>",
  "<Say>",
  "<script>",
  "-->",
  "]]>",
  "&lt;",
  "{{code}}",
  "$",
  "{code}",
];
const lines = ["@evil.test #999999", "Bcc: a@b.test"];
const breaking = fc.constantFrom(...breaks, ...markup, ...lines);
const value = fc
  .array(fc.oneof(breaking, fc.string({ unit: "grapheme" })), { maxLength: 6 })
  .map((parts) => `x${parts.join("")}`);
const hostile = fc.record({
  brand: value,
  locale: fc.oneof(
    value,
    value.map((text) => `en-${text}`),
  ),
  transaction: fc
    .dictionary(value, value, { minKeys: 2, maxKeys: 2 })
    .map((pairs) => new Map(Object.entries(pairs))),
});

/** The same request in harmless values: what the layout alone amounts to. */
const harmless: Partial<MessageRequest> = {
  transaction: new Map([
    ["amount", "12 EUR"],
    ["payee", "Bob"],
  ]),
};

function linesOf(text: string): number {
  return text.split(lineBreak).length;
}

function tagsOf(html: string): string[] {
  return html.match(/<[^>]*>/g) ?? [];
}

describe("whatever the brand, the locale and the transaction are", () => {
  test("an SMS has the same number of lines, and the code in the last one", () => {
    const autofill = { kind: "web", host: "acme.test" } as const;
    fc.assert(
      fc.property(hostile, (values) => {
        const text = smsText({ ...values, autofill });
        expect(linesOf(text)).toBe(linesOf(smsText({ ...harmless, autofill })));
        expect(text.split("\n").at(-1)).toBe("@acme.test #471902");
        expect(text.split("\n").filter((line) => line.startsWith("@"))).toHaveLength(1);
      }),
    );
  });

  test("a call is one line, and its voice a language tag", () => {
    fc.assert(
      fc.property(hostile, (values) => {
        expect(linesOf(callOf(values).speech)).toBe(1);
        expect(callOf(values).locale).toMatch(/^[A-Za-z0-9-]+$/);
      }),
    );
  });

  test("an e-mail has the same lines and tags, and one line of subject and sender", () => {
    const usual = emailOf(harmless);
    fc.assert(
      fc.property(hostile, (values) => {
        const email = emailOf(values);
        expect(linesOf(email.subject)).toBe(1);
        expect(linesOf(email.senderName)).toBe(1);
        expect(linesOf(email.text)).toBe(linesOf(usual.text));
        expect(linesOf(email.html)).toBe(linesOf(usual.html));
        expect(tagsOf(email.html)).toEqual(tagsOf(usual.html));
      }),
    );
  });

  test("no text carries a control character, half a character or a mark that turns the direction", () => {
    fc.assert(
      fc.property(hostile, (values) => {
        const { subject, senderName, text, html } = emailOf(values);
        const all = [smsText(values), callOf(values).speech, subject, senderName, text, html]
          .join("")
          .replaceAll("\n", "");
        expect(all).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: the attack is the text itself.
test.each(["{{code}}", "${code}", "<Say>hi</Say>", "Bob & Söhne", "it's", '"quoted"', "&amp;"])(
  "%s arrives as it is written",
  (written) => {
    const transaction = new Map([["payee", written]]);
    expect(smsText({ transaction })).toContain(`payee: ${written}\n`);
    expect(callOf({ transaction }).speech).toContain(`payee, ${written}.`);
    expect(emailOf({ transaction }).text).toContain(`payee: ${written}\n`);
    expect(unescaped(emailOf({ transaction }).html)).toContain(`<bdi>${written}</bdi>`);
  },
);

function unescaped(html: string): string {
  return html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
