import type { SpeechPart } from "../provider.ts";
import { xmlText } from "../xml-text.ts";
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
  if (part.kind === "words") return xmlText(part.text);
  return [...part.characters].map(spelt).join(pause);
}

/** The values of `interpret-as` are Vonage's own. */
function spelt(character: string): string {
  const interpretAs = /^[0-9]$/.test(character) ? "digits" : "character";
  return `<say-as interpret-as='${interpretAs}'>${xmlText(character)}</say-as>`;
}

/** Vonage takes a text for SSML by its first tag. */
function withoutMarkup(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\uFFFE\uFFFF&<>]/gu, " ");
}
