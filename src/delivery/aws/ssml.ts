import type { Speech, SpeechPart } from "../provider.ts";

/**
 * A speech in Amazon Polly's markup.
 * https://docs.aws.amazon.com/polly/latest/dg/supportedtags.html
 */
export function ssmlOf({ parts }: Speech): string {
  return `<speak>${parts.map(ssmlOfPart).join(" ")}</speak>`;
}

function ssmlOfPart(part: SpeechPart): string {
  if (part.kind === "words") return escaped(part.text);
  // One by one: a voice hurries through characters that are given as one run.
  const characters = [...part.characters].map(
    (character) => `<say-as interpret-as="characters">${escaped(character)}</say-as>`,
  );
  return `<break time="500ms"/><prosody rate="slow">${characters.join('<break time="400ms"/>')}</prosody><break time="700ms"/>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Characters that XML 1.0 has no way to write are dropped. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
