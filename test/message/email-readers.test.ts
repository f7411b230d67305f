import { createRequire } from "node:module";
import { HtmlValidate } from "html-validate";
import { describe, expect, test } from "vitest";
import { emailOf, payment } from "./message-request.ts";

/** What is used of caniemail, whose own declarations the compiler does not take. */
interface CanIEmail {
  caniemail(options: { clients: string[]; html: string }): {
    issues: { errors: ReadonlyMap<string, readonly { title: string }[]> };
  };
}

const require = createRequire(import.meta.url);
const { caniemail }: CanIEmail = require("caniemail");

/** The rules for web pages, but for two that mail turns around: styles belong on the elements, for readers drop sheets. */
const validator = new HtmlValidate({
  extends: ["html-validate:recommended"],
  rules: { "no-inline-style": "off" },
});

/**
 * What some version of these readers does not know and the e-mail can do without: it stays
 * whole, in the reader's own colours, with squarer corners and another fixed-width font.
 */
const doneWithout = [
  "<body> element",
  "<style> element",
  "border-radius",
  "box-sizing",
  "color-scheme CSS property",
  "color-scheme meta tag",
  "display:none",
  "max-height property",
  "object-fit",
  "opacity",
  "overflow",
  "system-ui, ui-serif, ui-sans-serif, ui-rounded, ui-monospace",
  "user-select",
  "white-space",
  "word-break",
];

describe.each(["de", "fr", "ar", "he", "zh-Hans", "ja", "th", "hi"])(
  "the HTML of an e-mail in %s",
  (locale) => {
    const { html } = emailOf({
      locale,
      transaction: payment,
      branding: { logoUrl: "https://acme.test/logo.png", color: "#0a7f5c" },
    });

    test("is valid", async () => {
      const { results } = await validator.validateString(html);
      const messages = results.flatMap((result) => result.messages);
      expect(messages.map(({ ruleId, line, message }) => `${line}: ${ruleId}: ${message}`)).toEqual([]);
    });

    test("uses nothing that readers lack and the e-mail could not do without", () => {
      const { issues } = caniemail({ clients: ["gmail.*", "outlook.*", "apple-mail.*"], html });
      const lacking = new Set([...issues.errors.values()].flat().map(({ title }) => title));
      expect(doneWithout).toEqual(expect.arrayContaining([...lacking]));
    });
  },
);
