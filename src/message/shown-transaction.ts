import type { Message } from "../delivery/provider.ts";
import { escapeHtml } from "./engine.ts";
import { oneLine } from "./one-line.ts";

/**
 * The first name in a transaction whose value a message does not show as it is; undefined
 * if it shows them all. What is altered or cut off is not what the payer agrees to.
 */
export function leftOut(message: Message, transaction: ReadonlyMap<string, string>): string | undefined {
  for (const [name, given] of transaction) {
    const value = oneLine(given);
    const shown = textsOf(message).every(({ text, isHtml }) =>
      text.includes(isHtml ? escapeHtml(value) : value),
    );
    if (!shown) return name;
  }
  return undefined;
}

/** What the user may read or hear, each of which has to tell the whole. */
function textsOf(message: Message): { text: string; isHtml?: true }[] {
  switch (message.channel) {
    case "sms":
      return [{ text: message.text }];
    case "voice":
      return [{ text: message.speech.parts.map((part) => ("text" in part ? part.text : "")).join(" ") }];
    case "email":
      return [{ text: message.text }, { text: message.html, isHtml: true }];
  }
}
