import { spokenDuration } from "./duration.ts";
import type { Pair, Wording, Words } from "./wording.ts";

export const english: Wording = {
  locale: "en-US",
  direction: "ltr",

  sms({ code, brand, transaction, ...words }) {
    const closing = `Valid for ${validity(words)}. Do not share it with anyone.`;
    if (transaction.length === 0) return `${brand}: your code is ${code}. ${closing}`;
    return [`${brand}: your code is ${code}, to confirm`, ...transaction.map(pairLine), closing].join("\n");
  },

  speech({ code, brand, transaction, ...words }) {
    const digits = `${[...code].join(". ")}.`;
    return [
      `Hello. This is ${brand}, calling with your code.`,
      ...(transaction.length === 0 ? [] : [`It confirms: ${transaction.map(pairSpoken).join("; ")}.`]),
      `Your code is: ${digits}`,
      `Once more, your code is: ${digits}`,
      `It is valid for ${validity(words)}. Do not share it with anyone. Goodbye.`,
    ].join(" ");
  },

  email: {
    subject: ({ brand }) => `Your ${brand} code`,
    lead: ({ brand }) => `Your ${brand} code is`,
    validity: (words) => `It is valid for ${validity(words)}.`,
    confirms: "With this code you confirm:",
    secrecy: ({ brand }) => `Do not share it with anyone. Nobody from ${brand} will ever ask you for it.`,
    unasked: "If you did not ask for this code, you can ignore this message.",
  },
};

function validity({ expiresInMs }: Pick<Words, "expiresInMs">): string {
  return spokenDuration(expiresInMs, "en");
}

function pairLine({ name, value }: Pair): string {
  return `${name}: ${value}`;
}

function pairSpoken({ name, value }: Pair): string {
  return `${name}, ${value}`;
}
