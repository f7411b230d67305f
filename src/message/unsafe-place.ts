/** Attributes whose value is read and nothing more. */
const readOnly = /^(?:alt|title|aria-label)$/i;

/**
 * Where in a text of HTML a value stands for which escaping is not enough; undefined if nowhere.
 *
 * `mark` is what the values were replaced with. In an element and in the quotes of a mere
 * text attribute an escaped value stays what it is; in a link, a style or a comment it may not.
 */
export function unsafePlace(html: string, mark: string): string | undefined {
  const marked = (pattern: RegExp) => html.match(pattern)?.some((piece) => piece.includes(mark)) ?? false;
  if (marked(/<!--[\s\S]*?(?:-->|$)/g)) return "in a comment";
  if (marked(/<(script|style)\b[\s\S]*?(?:<\/\1|$)/gi)) return "in a script or a style sheet";

  for (const [tag] of html.matchAll(/<(\S)(?:"[^"]*"|'[^']*'|[^>"'])*/g)) {
    // A value right behind a bracket could be the name of a tag; prose that has a bracket there begins none.
    if (!tag.includes(mark) || !(/^<[a-z/!?]/i.test(tag) || tag.startsWith(`<${mark}`))) continue;
    if (tag.replace(/"[^"]*"|'[^']*'/g, "").includes(mark)) return "in a tag, outside of quotes";
    for (const [, name = "", value = ""] of tag.matchAll(/([^\s"'=<>/]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
      if (value.includes(mark) && !readOnly.test(name)) return `in the attribute ${name.toLowerCase()}`;
    }
  }
  return undefined;
}
