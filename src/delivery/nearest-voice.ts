import { match } from "@formatjs/intl-localematcher";

/**
 * The nearest to a locale among the languages that a vendor has voices for, both BCP 47;
 * undefined if none is the same language.
 *
 * A voice of another language is never near, not even of one that is understood by the
 * same people: it reads letters and digits so that nobody follows.
 */
export function nearestVoice(locale: string, languages: readonly string[]): string | undefined {
  const asked = spokenLocale(locale);
  if (asked === undefined) return undefined;
  // By their canonical names, such as zh-CN for cmn-CN.
  const byLocale = new Map(languages.map((language) => [new Intl.Locale(language).toString(), language]));
  const near = [...byLocale.keys()].filter((one) => one.split("-")[0] === asked.language);
  const [first] = near;
  if (first === undefined) return undefined;
  return byLocale.get(match([asked.tag], near, first, { algorithm: "best fit" }));
}

/** Without its script, which nobody hears, and with the region in which its language is mostly spoken if it has none. */
function spokenLocale(locale: string): { tag: string; language: string } | undefined {
  try {
    const { language: written, region } = new Intl.Locale(locale).maximize();
    const language = spokenLanguage(written, region);
    return { tag: region === undefined ? language : `${language}-${region}`, language };
  } catch {
    // Not a tag at all.
    return undefined;
  }
}

/** Chinese is read aloud in Cantonese where that is spoken; and voices speak Norwegian in one way, however it is written. */
function spokenLanguage(written: string, region: string | undefined): string {
  if (written === "zh" && (region === "HK" || region === "MO")) return "yue";
  return written === "nn" || written === "no" ? "nb" : written;
}
