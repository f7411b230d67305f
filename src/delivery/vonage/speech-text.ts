import type { SpeechPart } from "../provider.ts";
import type { Voice } from "./voices.ts";

/** How long a voice is silent between the characters of a code, and around the code. */
const pause = "<break time='600ms'/>";

/**
 * The text of a `talk` action: https://developer.vonage.com/en/voice/voice-api/guides/customizing-tts
 *
 * A voice that does not read SSML pauses at a comma.
 */
export function speechText(parts: readonly SpeechPart[], { readsSsml }: Voice): string {
  if (readsSsml) return `<speak>${parts.map(inSsml).join(pause)}</speak>`;
  return parts
    .map((part) =>
      part.kind === "code"
        ? `${[...part.characters].map(withoutMarkup).join(", ")}.`
        : withoutMarkup(part.text),
    )
    .join(" ");
}

function inSsml(part: SpeechPart): string {
  if (part.kind === "words") return escaped(part.text);
  return [...part.characters].map(spelt).join(pause);
}

/** The values of `interpret-as` are Vonage's own. */
function spelt(character: string): string {
  const interpretAs = /^[0-9]$/.test(character) ? "digits" : "character";
  return `<say-as interpret-as='${interpretAs}'>${escaped(character)}</say-as>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&apos;",
  '"': "&quot;",
};

/** Text for XML 1.0, which has no way to write most control characters. */
function escaped(text: string): string {
  return wellFormed(text).replace(/[&<>'"]/g, (character) => entities[character] ?? "");
}

/** Vonage takes a text for SSML by its first tag. */
function withoutMarkup(text: string): string {
  return wellFormed(text).replace(/[&<>]/g, " ");
}

function wellFormed(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\uFFFE\uFFFF]+/gu, " ");
}
