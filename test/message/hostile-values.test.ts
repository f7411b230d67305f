import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtInTemplates, type Templates } from "../../src/message/templates.ts";
import { type Changes, callOf, emailOf, said, smsText } from "./message-request.ts";
import { ownTemplates } from "./own-templates.ts";

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
  "\ufdd0",
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
  "{% raw %}",
  "%}",
  "$",
  "$&",
  "{code}",
];
const lines = ["@evil.test #999999", "Bcc: a@b.test"];
const breaking = fc.constantFrom(...breaks, ...markup, ...lines);
const value = fc
  .array(fc.oneof(breaking, fc.string({ unit: "grapheme" })), { maxLength: 6 })
  .map((parts) => `x${parts.join("")}`);
const beginning = fc.oneof(
  value,
  value.map((text) => `@evil.test #999999 ${text}`),
);
const hostile = fc.record({
  brand: beginning,
  locale: fc.oneof(
    value,
    value.map((text) => `en-${text}`),
  ),
  purpose: value,
  transaction: fc
    .dictionary(beginning, beginning, { minKeys: 2, maxKeys: 2 })
    .map((pairs) => new Map(Object.entries(pairs))),
  variables: beginning.map((first_name) => new Map([["first_name", first_name]])),
  branding: value.map((text) => ({ logoUrl: `https://acme.test/${text}`, color: "#0a7f5c" })),
});

/** The same request in harmless values: what the layout alone amounts to. */
const harmless: Changes = {
  purpose: "login",
  transaction: new Map([
    ["amount", "12 EUR"],
    ["payee", "Bob"],
  ]),
  variables: new Map([["first_name", "Kim"]]),
  branding: { logoUrl: "https://acme.test/logo.png", color: "#0a7f5c" },
};

/** Puts values wherever it may, by themselves and through filters that take them apart and together. */
const own = ownTemplates(
  {
    "sms.en.liquid": `{{ first_name }}: {{ code }}
{% capture all %}{% for item in transaction %}{{ item.name }}
{{ item.value }}
{% endfor %}{% endcapture %}{{ all }}
{% for item in transaction %}
{{ item.value | upcase | append: item.name | slice: 0, 40 }}
{{ item.value | split: "x" | join: purpose }}.
{% endfor %}
{{ brand }}`,
    "voice.en.liquid": `{{ first_name }}. {{ code }}. {% for item in transaction %}{{ item.name }} {{ item.value }}{% endfor %}
{{ code }}. {{ purpose }} {{ brand }}`,
    "email.en.subject.liquid": "{{ first_name }} {{ brand }} {{ purpose }}",
    "email.en.text.liquid": `{{ first_name }}
{{ code }}
{% for item in transaction %}
{{ item.name }}: {{ item.value | replace: "x", brand }}
{% endfor %}`,
    "email.en.html.liquid": `<p title="{{ first_name }}" lang='{{ locale }}'>{{ code }}</p>
{% if logo_url %}<img src="{{ logo_url }}" alt='{{ purpose }}'>{% endif %}
{% capture all %}<b>{{ first_name }}</b>{% endcapture %}{{ all }}
{% for item in transaction %}
{{ item.name | append: item.value | downcase }}{{ item.value | split: "" | reverse | join }}
{% endfor %}`,
  },
  { variables: new Map([["first_name", "Kim"]]) },
);

function linesOf(text: string): number {
  return text.split(lineBreak).length;
}

function tagsOf(html: string): string[] {
  return html.match(/<[^>]*>/g)?.map((tag) => tag.replace(/"[^"]*"|'[^']*'/g, '""')) ?? [];
}

describe.each<[string, Templates]>([
  ["the built-in templates", builtInTemplates],
  ["an operator's own", own],
])("whatever the values in %s are", (_, templates) => {
  test("an SMS has the same number of lines, and one that binds a code to a host: the last", () => {
    const autofill = { kind: "web", host: "acme.test" } as const;
    fc.assert(
      fc.property(hostile, (values) => {
        const text = smsText({ templates, ...values, autofill });
        expect(linesOf(text)).toBe(linesOf(smsText({ templates, ...harmless, autofill })));
        expect(text.split("\n").at(-1)).toBe("@acme.test #471902");
        expect(text.split("\n").filter((line) => /^\s*@.*#/.test(line))).toHaveLength(1);
      }),
    );
  });

  test("an SMS has no line that binds a code to a host if none is asked for", () => {
    fc.assert(
      fc.property(hostile, (values) => {
        expect(smsText({ templates, ...values })).not.toMatch(/^[^\S\n]*@.*#/m);
      }),
    );
  });

  test("a call says the code twice, in words of one line, and its voice is a language tag", () => {
    fc.assert(
      fc.property(hostile, (values) => {
        const { parts, locale } = callOf({ templates, ...values }).speech;
        expect(parts.filter(({ kind }) => kind === "code")).toEqual(
          Array(2).fill({ kind: "code", characters: "471902" }),
        );
        for (const part of parts) expect(linesOf(part.kind === "words" ? part.text : "")).toBe(1);
        expect(locale).toMatch(/^[A-Za-z0-9-]+$/);
      }),
    );
  });

  test("an e-mail has the same lines and tags, and one line of subject and sender", () => {
    const usual = emailOf({ templates, ...harmless });
    fc.assert(
      fc.property(hostile, (values) => {
        const email = emailOf({ templates, ...values });
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
        const { subject, senderName, text, html } = emailOf({ templates, ...values });
        const sms = smsText({ templates, ...values });
        const all = [sms, said({ templates, ...values }), subject, senderName, text, html]
          .join("")
          .replaceAll("\n", "");
        expect(all).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]/u);
      }),
    );
  });
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: the attack is the text itself.
test.each(["{{code}}", "${code}", "<Say>hi</Say>", "Bob & Söhne", "it's", '"quoted"', "&amp;", "$&"])(
  "%s arrives as it is written",
  (written) => {
    const transaction = new Map([["payee", written]]);
    expect(smsText({ transaction })).toContain(`payee: ${written}\n`);
    expect(said({ transaction })).toContain(`payee: ${written},`);
    expect(emailOf({ transaction }).text).toContain(`payee: ${written}\n`);
    expect(unescaped(emailOf({ transaction }).html)).toContain(`<span dir="auto">${written}</span>`);
  },
);

test("marks piled on a letter do not reach the lines around it, and those that a script piles stay", () => {
  const shown = (payee: string) => smsText({ transaction: new Map([["payee", payee]]) }).split("\n")[1];
  expect(shown(`Bo${"\u0336\u0345".repeat(49)}b`)).toBe(`payee: Bo${"\u0336\u0345".repeat(4)}b`);
  for (const written of ["မြွှေ့", "שָׁ֔ם", "ที่", "Ầ".normalize("NFD"), "👩‍👩‍👧‍👦", "क्ष्म्य"]) {
    expect(shown(written)).toBe(`payee: ${written}`);
  }
});

function unescaped(html: string): string {
  return html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
