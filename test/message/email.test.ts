import { expect, test } from "vitest";
import { emailOf, payment } from "./message-request.ts";

/** What a reader sees of HTML: without the head, the tags and what is not displayed. */
function visible(html: string): string {
  return html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<div style="display: none[^>]*>.*?<\/div>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

test("an e-mail comes from the brand, and its subject does not show the code", () => {
  const email = emailOf();
  expect(email).toMatchObject({ to: "someone@example.test", senderName: "Acme", subject: "Your Acme code" });
});

test("the text of an e-mail has the code on a line of its own", () => {
  expect(emailOf().text).toBe(`Your Acme code is

  471902

It is valid for 10 minutes.
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
  expect(preview).toMatch(/^It is valid for 10 minutes\. /);
  expect(preview).not.toContain("471902");
  expect(preview.match(/&nbsp;/g)?.length).toBeGreaterThan(50);
});

test("the HTML leaves light or dark to the reader, and says its language and direction", () => {
  const { html } = emailOf();
  expect(html).toContain('<meta name="color-scheme" content="light dark">');
  expect(html).toContain('<html lang="en" dir="ltr">');
  expect(html).not.toMatch(/[ ;"](?:background|color):/);
});

test("the HTML fetches nothing and has nothing to click", () => {
  expect(emailOf({ transaction: payment }).html).not.toMatch(
    /<(?:img|a|link|script|iframe|form)\b|url\(|https?:|src=|href=/i,
  );
});

test("the HTML shows the transaction in a table", () => {
  const { html } = emailOf({ transaction: payment });
  expect(html.match(/<tr>/g)).toHaveLength(2);
  expect(html).toContain("<bdi>payee name</bdi></th>");
  expect(html).toContain("<bdi>Bob &amp; Söhne</bdi></td>");
});

test("the HTML has no table without a transaction", () => {
  expect(emailOf().html).not.toContain("<table");
});
