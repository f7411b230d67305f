import type { Direction } from "./language.ts";
import type { Part } from "./part.ts";
import type { Template } from "./template.ts";

/** The templates in one language. */
export interface LocaleTemplates {
  /** BCP 47, as in the names of the files. */
  readonly tag: string;
  readonly direction: Direction;
  /** The language with the region a voice needs. */
  readonly voice: string;
  /** Throws TemplateError if there is no such part. */
  part(part: Part): Template;
  /** What asks for a key press in a call. */
  keyPress(): Template;
}
