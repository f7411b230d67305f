import { type Scope, type Template, TemplateError } from "./template.ts";

/** Renders what has to show the code. Throws TemplateError if it does not: a message without it would be of no use. */
export function textWithCode(template: Template, scope: Scope, code: string): string {
  const text = tidy(template.render(scope));
  if (text.includes(code)) return text;
  throw new TemplateError({ template: template.name, why: "does not show the code" });
}

/** Without what tags on lines of their own leave behind: blanks at the ends of lines, and more than one empty line. */
function tidy(text: string): string {
  return (
    text
      // From the first blank on: thousands in a row would else be gone through from each.
      .replace(/(?<! ) +$/gm, "")
      .replace(/\n{3,}/g, "\n\n")
      .trim()
  );
}
