import type { Pair, Wording, Words } from "./wording.ts";

/**
 * The HTML of an e-mail: styles on the elements, since clients drop sheets; no picture and
 * no link, since there is nothing to fetch, count or click; colours that hold on white and
 * on black, since the reader's client chooses between them.
 */
export function emailHtml(words: Words, { locale, direction, email }: Wording): string {
  const language = locale.replace(/-.*/, "");
  return `<!doctype html>
<html lang="${language}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escaped(email.subject(words))}</title>
<style>:root { color-scheme: light dark; }</style>
</head>
<body style="margin: 0; padding: 0;">
<div style="display: none; max-height: 0; overflow: hidden;">${escaped(email.validity(words))} ${preheaderEnd}</div>
<div lang="${language}" dir="${direction}" style="${frame}">
<p style="${paragraph}">${escaped(email.lead(words))}</p>
<p style="${paragraph}"><span style="${bigCode}">${escaped(words.code)}</span></p>
${words.transaction.length === 0 ? "" : transactionTable(words.transaction, email.confirms)}<p style="${paragraph}">${escaped(email.validity(words))} ${escaped(email.secrecy(words))}</p>
<p style="${aside}">${escaped(email.unasked)}</p>
</div>
</body>
</html>
`;
}

const frame =
  "max-width: 480px; margin: 0 auto; padding: 32px 24px; font: 16px/1.5 -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif;";
const paragraph = "margin: 0 0 24px; overflow-wrap: break-word;";
/** The letters stand apart by style alone, so that a double click takes the code as one word. */
const bigCode =
  "font: bold 36px/1.25 ui-monospace, Menlo, Consolas, monospace; letter-spacing: 6px; white-space: nowrap; user-select: all;";
const aside = "margin: 0; padding-top: 16px; border-top: 1px solid #8886; font-size: 14px; opacity: 0.75;";
const cell = "padding: 6px 0; vertical-align: top; text-align: start;";

/** Fills the line of preview that an inbox shows, so that the code below does not get into it. */
const preheaderEnd = "&#847;&zwnj;&nbsp;".repeat(60);

function transactionTable(transaction: readonly Pair[], caption: string): string {
  const rows = transaction.map(
    ({ name, value }) =>
      `<tr><th scope="row" style="${cell} padding-inline-end: 16px; font-weight: normal; opacity: 0.75;"><bdi>${escaped(name)}</bdi></th>` +
      `<td style="${cell} font-weight: bold; overflow-wrap: anywhere;"><bdi>${escaped(value)}</bdi></td></tr>`,
  );
  return `<p style="margin: 0 0 8px;">${escaped(caption)}</p>
<table style="margin: 0 0 24px; border-collapse: collapse; font: inherit;">
${rows.join("\n")}
</table>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
