/// <reference lib="es2025.intl" />

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** What a message may have lost on its way here, without its wording changing: ten minutes are not called nine. */
const graceMs = 5 * second;

/** Says a span in a language, in whole minutes (seconds below one minute) and never more than it is, give or take the grace. */
export function spokenDuration(ms: number, language: string): string {
  const { format, spoken } = speakerOf(language);
  const parts = partsOf(ms);
  const key = JSON.stringify(parts);
  if (spoken.key !== key) {
    spoken.key = key;
    // Two units of Tamil are abbreviated in CLDR's long forms, too.
    spoken.text = format.format(parts).replace("ம.", "மணிநேரம்").replace("நிமி.", "நிமிடம்");
  }
  return spoken.text;
}

interface Speaker {
  readonly format: Intl.DurationFormat;
  /** What was said last, and of which span: most codes have as long to live as the one before. */
  readonly spoken: { key: string; text: string };
}

/** Making one takes longer than all the rest of a message; there are as many as languages of templates. */
const speakers = new Map<string, Speaker>();

function speakerOf(language: string): Speaker {
  const known = speakers.get(language);
  if (known !== undefined) return known;
  const format = new Intl.DurationFormat(language, { style: "long" });
  const made: Speaker = { format, spoken: { key: "", text: "" } };
  speakers.set(language, made);
  return made;
}

function partsOf(ms: number) {
  const graced = ms + graceMs;
  if (graced < minute) return { seconds: Math.max(1, Math.floor(ms / second)) };
  return { hours: Math.floor(graced / hour), minutes: Math.floor((graced % hour) / minute) };
}
