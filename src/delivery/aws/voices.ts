import type { VoiceId } from "@aws-sdk/client-pinpoint-sms-voice-v2";

/**
 * The voice for a tag of BCP 47: of its region if there is one, else of its language;
 * undefined if no voice speaks it.
 */
export function voiceFor(locale: string): VoiceId | undefined {
  const [language = "", ...subtags] = locale.toLowerCase().split("-");
  const region = subtags.find((subtag) => /^[a-z]{2}$|^[0-9]{3}$/.test(subtag));
  const regional = `${language}-${region}`;
  return voices.has(regional) ? voices.get(regional) : voices.get(language);
}

/**
 * Voices of Amazon Polly that calls can be made with, by language and region in lower case.
 * https://docs.aws.amazon.com/polly/latest/dg/standard-voices.html
 */
const voices: ReadonlyMap<string, VoiceId | undefined> = new Map([
  ["ar", "ZEINA"],
  ["cy", "GWYNETH"],
  ["da", "NAJA"],
  ["de", "VICKI"],
  ["en", "JOANNA"],
  ["en-au", "NICOLE"],
  ["en-gb", "AMY"],
  ["en-in", "RAVEENA"],
  ["es", "LUCIA"],
  ["es-419", "LUPE"],
  ["es-mx", "MIA"],
  ["es-us", "LUPE"],
  ["fr", "LEA"],
  ["fr-ca", "CHANTAL"],
  ["is", "DORA"],
  ["it", "BIANCA"],
  ["ja", "MIZUKI"],
  ["ko", "SEOYEON"],
  ["nb", "LIV"],
  ["nl", "LOTTE"],
  ["no", "LIV"],
  ["pl", "EWA"],
  ["pt", "CAMILA"],
  ["pt-pt", "INES"],
  ["ro", "CARMEN"],
  ["ru", "TATYANA"],
  ["sv", "ASTRID"],
  ["tr", "FILIZ"],
  ["zh", "ZHIYU"],
  // Cantonese, which the voice for Mandarin does not speak.
  ["zh-hk", undefined],
  ["zh-mo", undefined],
] as const);
