import { builtIn } from "./built-in.ts";
import { type Direction, languageTags } from "./language.ts";
import { LocaleChoice } from "./locale-choice.ts";
import type { LocaleTemplates } from "./locale-templates.ts";
import type { Part } from "./part.ts";
import { type Template, TemplateError } from "./template.ts";

/** Scripts that run from right to left and that languages of today are written in. */
const rightToLeft = new Set(["Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"]);

/** Templates of the operator's own for a channel in one language. */
export class OwnLocaleTemplates implements LocaleTemplates {
  readonly tag: string;
  readonly direction: Direction;
  readonly voice: string;
  readonly #parts: ReadonlyMap<Part, Template>;

  /** The tag has to be a well-formed one. */
  constructor(tag: string, parts: ReadonlyMap<Part, Template>) {
    const { language, script, region } = new Intl.Locale(tag).maximize();
    this.tag = tag;
    this.direction = rightToLeft.has(script ?? "") ? "rtl" : "ltr";
    this.voice = languageTags().includes(tag)
      ? builtIn(tag).voice
      : [language, region].filter((subtag) => subtag !== undefined).join("-");
    this.#parts = parts;
  }

  part(part: Part): Template {
    const template = this.#parts.get(part);
    if (template === undefined) throw new TemplateError({ template: part, why: `is missing in ${this.tag}` });
    return template;
  }

  /** The built-in one in the nearest language: it says nothing that operators would word. */
  keyPress(): Template {
    return builtIn(new LocaleChoice(languageTags(), "en").of(this.tag)).keyPress();
  }
}
