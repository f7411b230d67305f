import type { VoiceId } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import { nearestVoice } from "../nearest-voice.ts";

/** The voice for a locale, BCP 47; undefined if none speaks its language. */
export function voiceFor(locale: string): VoiceId | undefined {
  const language = nearestVoice(locale, [...voices.keys()]);
  return language === undefined ? undefined : voices.get(language);
}

/**
 * Voices of Amazon Polly that calls can be made with, by language.
 * https://docs.aws.amazon.com/polly/latest/dg/standard-voices.html
 */
const voices: ReadonlyMap<string, VoiceId> = new Map([
  ["arb", "ZEINA"],
  ["cmn-CN", "ZHIYU"],
  ["cy-GB", "GWYNETH"],
  ["da-DK", "NAJA"],
  ["de-DE", "VICKI"],
  ["en-AU", "NICOLE"],
  ["en-GB", "AMY"],
  ["en-IN", "RAVEENA"],
  ["en-US", "JOANNA"],
  ["es-ES", "LUCIA"],
  ["es-MX", "MIA"],
  ["es-US", "LUPE"],
  ["fr-CA", "CHANTAL"],
  ["fr-FR", "LEA"],
  ["is-IS", "DORA"],
  ["it-IT", "BIANCA"],
  ["ja-JP", "MIZUKI"],
  ["ko-KR", "SEOYEON"],
  ["nb-NO", "LIV"],
  ["nl-NL", "LOTTE"],
  ["pl-PL", "EWA"],
  ["pt-BR", "CAMILA"],
  ["pt-PT", "INES"],
  ["ro-RO", "CARMEN"],
  ["ru-RU", "TATYANA"],
  ["sv-SE", "ASTRID"],
  ["tr-TR", "FILIZ"],
] as const);
