import type { SpeechPart } from "../provider.ts";
import { xmlText } from "../xml-text.ts";

/** With its tags: https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendVoiceMessage.html */
const lengthMax = 6_000;

/**
 * A speech in Amazon Polly's markup; undefined if it is longer than AWS takes.
 * https://docs.aws.amazon.com/polly/latest/dg/supportedtags.html
 */
export function ssmlOf(parts: readonly SpeechPart[]): string | undefined {
  const ssml = `<speak>${parts.map(ssmlOfPart).join(" ")}</speak>`;
  return ssml.length > lengthMax ? undefined : ssml;
}

function ssmlOfPart(part: SpeechPart): string {
  if (part.kind === "words") return xmlText(part.text);
  // One by one: a voice hurries through characters that are given as one run.
  const characters = [...part.characters].map(
    (character) => `<say-as interpret-as="characters">${xmlText(character)}</say-as>`,
  );
  return `<break time="500ms"/><prosody rate="slow">${characters.join('<break time="400ms"/>')}</prosody><break time="700ms"/>`;
}
