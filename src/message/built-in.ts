import { readFileSync } from "node:fs";
import { escapeHtml } from "./engine.ts";
import { type Direction, type Language, type PhraseName, readLanguage } from "./language.ts";
import type { LocaleTemplates } from "./locale-templates.ts";
import { fileNameOf, type Part } from "./part.ts";
import { Template } from "./template.ts";

/** A built-in language in the layouts: templates as an operator could have written them. */
class BuiltIn implements LocaleTemplates {
  readonly tag: string;
  readonly direction: Direction;
  readonly voice: string;
  readonly #phrases: Language["phrases"];
  readonly #templates = new Map<Part | "keyPress", Template>();

  constructor(tag: string) {
    const { locale, direction, phrases } = readLanguage(tag);
    this.tag = tag;
    this.direction = direction;
    this.voice = locale;
    this.#phrases = phrases;
  }

  part(part: Part): Template {
    return this.#once(part, () => {
      const medium = part === "email.html" ? "html" : "text";
      return new Template(fileNameOf(part, this.tag), layOut(layoutOf(part), this.#phrases, medium), medium);
    });
  }

  keyPress(): Template {
    return this.#once("keyPress", () => new Template("keyPress", this.#phrases.keyPress, "text"));
  }

  #once(key: Part | "keyPress", make: () => Template): Template {
    const made = this.#templates.get(key) ?? make();
    this.#templates.set(key, made);
    return made;
  }
}

/** Those asked for so far; there are as many as languages. */
const builtIns = new Map<string, LocaleTemplates>();

/** The templates of a built-in language, read when they are first asked for. */
export function builtIn(tag: string): LocaleTemplates {
  const templates = builtIns.get(tag) ?? new BuiltIn(tag);
  builtIns.set(tag, templates);
  return templates;
}

const layouts = new Map<Part, string>();

function layoutOf(part: Part): string {
  const layout =
    layouts.get(part) ?? readFileSync(new URL(`./layouts/${part}.liquid`, import.meta.url), "utf8");
  layouts.set(part, layout);
  return layout;
}

/** Puts a language's phrases in the places of a layout, which are written `[[name]]`. */
function layOut(layout: string, phrases: Language["phrases"], medium: "text" | "html"): string {
  return layout.replace(/\[\[(\w+)\]\]( ?)/g, (_, name: string, space: string) => {
    // A layout's names are those of phrases: every language is rendered in every layout by a test.
    const phrase = phrases[name as PhraseName];
    const written = medium === "html" ? phraseInHtml(phrase, name) : phrase;
    return written + (wideEnd.test(phrase) ? "" : space);
  });
}

/** A brand may run against the direction of the language around it, and Gmail drops `bdi`; a title has no place for tags. */
function phraseInHtml(phrase: string, name: string): string {
  const escaped = escapeHtml(phrase);
  return name === "emailSubject"
    ? escaped
    : escaped.replaceAll("{{ brand }}", `<span dir="auto">{{ brand }}</span>`);
}

/** Punctuation as wide as a Chinese character brings its own space. */
const wideEnd = /[。！？；：，、…]$/u;
