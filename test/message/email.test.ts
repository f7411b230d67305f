import { expect, test } from "vitest";
import { emailOf, payment } from "./message-request.ts";
import { ownTemplates } from "./own-templates.ts";

const logoUrl = "https://acme.test/logo.png";

/** What a reader sees of HTML: without the head, the tags and what is not displayed. */
function visible(html: string): string {
  return html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<div style="display: none[^>]*>.*?<\/div>/s, "")
    .replace(/<\/?span[^>]*>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

test("an e-mail comes from the brand, and its subject does not show the code", () => {
  const email = emailOf();
  expect(email).toMatchObject({ to: "someone@example.test", senderName: "Acme", subject: "Your Acme code" });
});

test("the text of an e-mail has the code on a line of its own", () => {
  expect(emailOf().text).toBe(`Your Acme code is:

  471902

The code is valid for 10 minutes.
Do not share it with anyone. Nobody from Acme will ever ask you for it.

If you did not ask for this code, you can ignore this message.
`);
});

test("the text of an e-mail shows the transaction, a pair a line", () => {
  expect(emailOf({ transaction: payment }).text).toContain(
    "With this code you confirm:\n  amount: 12 EUR\n  payee name: Bob & Söhne\n\n",
  );
});

test("the HTML of an e-mail reads as its text does", () => {
  const { html, text } = emailOf();
  expect(visible(html)).toBe(text.replace(/\s+/g, " ").trim());
});

test("the code is one word in the HTML, so that it is selected whole", () => {
  expect(emailOf().html).toMatch(/letter-spacing: [^>]*>471902<\/span>/);
});

test("the preview of an inbox says how long the code is valid and does not reach the code", () => {
  const preview = /<div style="display: none[^>]*>(.*?)<\/div>/s.exec(emailOf().html)?.[1] ?? "";
  expect(preview).toMatch(/^The code is valid for 10 minutes\. /);
  expect(preview).not.toContain("471902");
  expect(preview.match(/&nbsp;/g)?.length).toBeGreaterThan(50);
});

test("the HTML has no reader make a phone number of the code", () => {
  expect(emailOf().html).toContain('<meta name="format-detection" content="telephone=no">');
});

test("the HTML leaves light or dark to the reader, and says its language and direction", () => {
  const { html } = emailOf();
  expect(html).toContain('<meta name="color-scheme" content="light dark">');
  expect(html).toContain('<html lang="en" dir="ltr">');
  expect(html).not.toMatch(/[ ;"](?:background|color):/);
});

test("the HTML fetches nothing and has nothing to click", () => {
  expect(emailOf({ transaction: payment, branding: { color: "#0a7f5c" } }).html).not.toMatch(
    /<(?:img|a|link|script|iframe|form)\b|url\(|https?:|src=|href=/i,
  );
});

test("the HTML shows the transaction in a table", () => {
  const { html } = emailOf({ transaction: payment });
  expect(html.match(/<tr>/g)).toHaveLength(2);
  expect(html).toContain('<span dir="auto">payee name</span></th>');
  expect(html).toContain('<span dir="auto">Bob &amp; Söhne</span></td>');
});

test("the HTML has no table without a transaction", () => {
  expect(emailOf().html).not.toContain("<table");
});

test("a logo is shown at most 40 high, with the brand in its place where pictures are off", () => {
  const { html } = emailOf({ brand: 'Acme "24"', branding: { logoUrl } });
  const image = /<img [^>]*>/.exec(html)?.[0];
  expect(image).toContain('src="https://acme.test/logo.png"');
  expect(image).toContain('alt="Acme &quot;24&quot;"');
  expect(image).toContain('height="40"');
  expect(image).toMatch(/background-color: #ffffff; color: #000000;/);
});

test("a colour is shown as a bar, never as the colour of text", () => {
  const { html } = emailOf({ branding: { color: "#0a7f5c" } });
  expect(html.match(/#0a7f5c/g)).toHaveLength(1);
  expect(html).toContain("border-top: 4px solid #0a7f5c; border-bottom: 1px solid #808080;");
});

test("an e-mail without branding has no picture and no bar", () => {
  expect(emailOf().html).not.toMatch(/<img|border-bottom/);
});

test("an e-mail in Arabic runs from right to left, its code and its values each their own way", () => {
  const { html } = emailOf({ locale: "ar", transaction: payment });
  expect(html).toContain('<html lang="ar" dir="rtl">');
  expect(html).toContain('<span dir="ltr" style="font: bold');
  expect(html).toContain('<span dir="auto">Acme</span>');
  expect(html).toMatch(/text-align: right; padding-left: 16px;/);
  expect(html).not.toMatch(/text-align: left|padding-right/);
});

test("sentences of Chinese stand without a space between them, those of German with one", () => {
  expect(emailOf({ locale: "zh-Hans" }).html).toMatch(/\S。\S/);
  expect(emailOf({ locale: "zh-Hans" }).html.split("<div lang")[1]).not.toMatch(/。 /);
  expect(emailOf({ locale: "de" }).html).toMatch(/gültig\. \S/);
});

test("an e-mail for a web page carries the code for its origin, and for nothing else", () => {
  const autofill = { kind: "web", host: "shop.example" } as const;
  expect(emailOf({ autofill }).autofill).toEqual({ code: "471902", origin: "https://shop.example" });
  expect(emailOf().autofill).toBeUndefined();
  expect(emailOf({ autofill: { kind: "android", hash: "FA+9qCX9VSu" } }).autofill).toBeUndefined();
});

test("an e-mail of the operator's own is made of its three templates", () => {
  const templates = ownTemplates({
    "email.en.subject.liquid": "{{ brand }} sign-in\n",
    "email.en.text.liquid": "\n{{ code }}\n\n\n\nfor {{ brand }}\n",
    "email.en.html.liquid": '<p lang="{{ locale }}">{{ code }} for {{ brand }}</p>',
  });
  expect(emailOf({ templates, brand: "A & B" })).toEqual({
    channel: "email",
    to: "someone@example.test",
    senderName: "A & B",
    subject: "A & B sign-in",
    text: "471902\n\nfor A & B\n",
    html: '<p lang="en">471902 for A &amp; B</p>\n',
  });
});

test("blanks in great numbers within a line take no time", () => {
  const templates = ownTemplates({
    "email.en.subject.liquid": "{{ brand }}",
    "email.en.text.liquid": `${" ".repeat(99_000)}x\n{{ code }}`,
    "email.en.html.liquid": "{{ code }}",
  });
  expect(emailOf({ templates }).text).toBe("x\n471902\n");
});

test.each([
  ["ar", "rtl"],
  ["ckb", "rtl"],
  ["ks-Deva", "ltr"],
  ["en", "ltr"],
])("a template of the operator's own in %s runs %s", (tag, direction) => {
  const templates = ownTemplates(
    {
      [`email.${tag}.subject.liquid`]: "{{ brand }}",
      [`email.${tag}.text.liquid`]: "{{ direction }} {{ code }}",
      [`email.${tag}.html.liquid`]: "{{ code }}",
    },
    { locale: tag },
  );
  expect(emailOf({ templates }).text).toBe(`${direction} 471902\n`);
});

test("what a mail reader would decode is not in the subject or the sender's name", () => {
  const encoded = "=?utf-8?B?4oCubW9jLmxpdmU=?=";
  const templates = ownTemplates(
    {
      "email.en.subject.liquid": "{{ first_name }} at {{ brand }}",
      "email.en.text.liquid": "{{ code }}",
      "email.en.html.liquid": "<p>{{ code }}</p>",
    },
    { variables: new Map([["first_name", "Kim"]]) },
  );

  const { subject, senderName } = emailOf({
    templates,
    brand: encoded,
    variables: new Map([["first_name", "=\u202e?utf-8?Q?=E2=80=AE?="]]),
  });

  expect(subject).toBe("= ?utf-8?Q?=E2=80=AE?= at = ?utf-8?B?4oCubW9jLmxpdmU= ?=");
  expect(senderName).toBe("= ?utf-8?B?4oCubW9jLmxpdmU= ?=");
});
