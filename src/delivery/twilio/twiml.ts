import type { KeyPress, SpeechPart } from "../provider.ts";
import { xmlText } from "../xml-text.ts";

/** Seconds to find the keypad, after the prompt. */
const keySeconds = 10;

export const hangUp = document("<Hangup/>");

/** A document that says a speech in a language of `<Say>`, and hangs up. */
export function say(parts: readonly SpeechPart[], language: string): string {
  return document(parts.map((part) => partIn(language, part)).join(""));
}

/**
 * A document that asks for a key. Twilio posts to `continueUrl` when one was pressed, and
 * also when none was, and goes on with the document it gets in answer.
 */
export function askForKey({ prompt, continueUrl }: KeyPress, language: string): string {
  // Without a finishing key # is a key like the others, instead of an empty answer.
  const attributes = `input="dtmf" numDigits="1" finishOnKey="" timeout="${keySeconds}" actionOnEmptyResult="true"`;
  const action = `action="${xmlText(continueUrl)}" method="POST"`;
  return document(`<Gather ${attributes} ${action}>${words(language, prompt)}</Gather>`);
}

/**
 * A code is one element a character, and a second's pause after each. The basic voices know
 * no SSML and fail on it, and digits in one text are read as a number, a decimal or, with
 * full stops, as ordinals in some languages: https://www.twilio.com/docs/voice/twiml/say/text-speech
 */
function partIn(language: string, part: SpeechPart): string {
  if (part.kind === "words") return words(language, part.text);
  return Array.from(part.characters, (one) => `${words(language, one)}<Pause length="1"/>`).join("");
}

/** Nothing for a text without words: an empty element is an error. */
function words(language: string, text: string): string {
  const content = xmlText(text);
  return content.trim() === "" ? "" : `<Say language="${language}">${content}</Say>`;
}

function document(content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${content}</Response>`;
}
