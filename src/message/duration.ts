/// <reference lib="es2025.intl" />

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** What a message may have lost on its way here, without its wording changing: ten minutes are not called nine. */
const graceMs = 5 * second;

/** Says a span in a language, in whole minutes (seconds below one minute) and never more than it is, give or take the grace. */
export function spokenDuration(ms: number, language: string): string {
  // Two units of Tamil are abbreviated in CLDR's long forms, too.
  return formatOf(language).format(partsOf(ms)).replace("ம.", "மணிநேரம்").replace("நிமி.", "நிமிடம்");
}

/** Making one takes longer than all the rest of a message; there are as many as languages of templates. */
const formats = new Map<string, Intl.DurationFormat>();

function formatOf(language: string): Intl.DurationFormat {
  const known = formats.get(language);
  if (known !== undefined) return known;
  const made = new Intl.DurationFormat(language, { style: "long" });
  formats.set(language, made);
  return made;
}

function partsOf(ms: number) {
  const graced = ms + graceMs;
  if (graced < minute) return { seconds: Math.max(1, Math.floor(ms / second)) };
  return { hours: Math.floor(graced / hour), minutes: Math.floor((graced % hour) / minute) };
}
