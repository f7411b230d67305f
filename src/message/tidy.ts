import { type Template, TemplateError } from "./template.ts";

/** Rendered text without what tags on lines of their own leave behind: blanks at the ends of lines, and more than one empty line. */
export function tidy(text: string): string {
  return text
    .replace(/ +$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** Throws TemplateError unless the code is in the text: a message without it would be of no use. */
export function mustShow(code: string, text: string, template: Template): string {
  if (text.includes(code)) return text;
  throw new TemplateError({ template: template.name, why: "does not show the code" });
}
