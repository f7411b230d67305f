/// <reference lib="es2025.intl" />

import { match } from "@formatjs/intl-localematcher";

/** Choices remembered: more than an application's users ask for, and a bound on what callers can make us keep. */
const rememberedMax = 500;

/** Chooses among language tags the one nearest to what is asked for, as CLDR measures: zh-HK gets zh-Hant, no gets nb. */
export class LocaleChoice {
  readonly #available: readonly string[];
  readonly #fallback: string;
  readonly #remembered = new Map<string, string>();

  /** The fallback answers for whatever is near to none. */
  constructor(available: readonly string[], fallback: string) {
    this.#available = available;
    this.#fallback = fallback;
  }

  of(asked: string): string {
    const remembered = this.#remembered.get(asked);
    if (remembered !== undefined) return remembered;
    const known = knownTag(asked);
    const chosen = known === undefined ? this.#fallback : match([known], this.#available, this.#fallback);
    if (this.#remembered.size >= rememberedMax) this.#remembered.clear();
    this.#remembered.set(asked, chosen);
    return chosen;
  }
}

/**
 * The tag cut down to what matters for the choice; undefined if it is no tag or of no known language.
 *
 * The matcher remembers every tag it has seen, for ever, so that it is shown few: known
 * ones, with a region or else a script.
 */
function knownTag(asked: string): string | undefined {
  const locale = parsed(asked);
  if (locale === undefined || !isLanguageKnown(locale.language)) return undefined;
  const { language, script, region } = locale;
  const inRegion = region !== undefined && isKnown("region", region) ? `${language}-${region}` : undefined;
  if (script === undefined || !isKnown("script", script)) return inRegion ?? language;
  const goesWithoutSaying = inRegion !== undefined && new Intl.Locale(inRegion).maximize().script === script;
  return goesWithoutSaying ? inRegion : `${language}-${script}`;
}

/** The tag that Java and POSIX mean by `de_CH` and `de_CH.UTF-8`; a tag stays as it is. */
export function asLanguageTag(locale: string): string {
  return locale.replace(/\..*$/, "").replaceAll("_", "-");
}

/** Whether the tag is of a known language, and as short and in the letters that choices are made by. */
export function isTag(tag: string): boolean {
  return knownTag(tag) === tag;
}

/** Whether there are words for spans of time in the language, which every message has. */
function isLanguageKnown(language: string): boolean {
  return Intl.DurationFormat.supportedLocalesOf(language).length > 0;
}

function parsed(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag);
  } catch {
    return undefined;
  }
}

function isKnown(type: "script" | "region", subtag: string): boolean {
  return new Intl.DisplayNames("en", { type, fallback: "none" }).of(subtag) !== undefined;
}
