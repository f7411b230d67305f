import type { EmailMessage } from "../delivery/provider.ts";
import { emailHtml } from "./email-html.ts";
import type { Wording, Words } from "./wording.ts";

export interface EmailParts {
  to: string;
  words: Words;
  wording: Wording;
}

export function emailMessage({ to, words, wording }: EmailParts): EmailMessage {
  return {
    channel: "email",
    to,
    senderName: words.brand,
    subject: wording.email.subject(words),
    text: emailText(words, wording),
    html: emailHtml(words, wording),
  };
}

function emailText(words: Words, { email }: Wording): string {
  const pairs = words.transaction.map(({ name, value }) => `  ${name}: ${value}`);
  return `${[
    email.lead(words),
    `  ${words.code}`,
    ...(pairs.length === 0 ? [] : [[email.confirms, ...pairs].join("\n")]),
    `${email.validity(words)}\n${email.secrecy(words)}`,
    email.unasked,
  ].join("\n\n")}\n`;
}
