import { emailMessage, subjectLines } from "./email.ts";
import { mark, type Refuse, type Trial } from "./trial.ts";

export function checkEmail({ settings, marked }: Trial, refuse: Refuse): void {
  const subject = subjectLines(settings).trim();
  if (subject === "") refuse("email.subject", "is empty");
  if (subject.includes("\n")) refuse("email.subject", "has several lines");

  const { html } = emailMessage(settings);
  const read = html.replace(comments, "").replace(unread, "").replace(tags, "");
  if (!read.includes(settings.request.code)) refuse("email.html", "has the code where nobody reads it");
  const place = unsafePlace(emailMessage(marked).html);
  if (place !== undefined) refuse("email.html", `puts a value of the caller's ${place}`);
}

const comments = /<!--[\s\S]*?(?:-->|$)/g;
const scripts = /<(script|style)\b[\s\S]*?(?:<\/\1|$)/gi;
const unread = /<(script|style|title)\b[\s\S]*?(?:<\/\1|$)/gi;

/**
 * From the bracket to the one that closes it; a quote that is never closed takes all there
 * is. A value behind a bracket could be a tag's name; brackets in prose have other things there.
 */
const tags = new RegExp(`<(?=[a-z/!?${mark}])(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^>"'])*>?`, "gi");

/** Attributes whose value is read and nothing more. */
const readOnly = /^(?:alt|title|aria-label)$/i;

/**
 * Where in HTML a value between marks stands for which escaping is not enough; undefined if nowhere.
 *
 * In an element and in the quotes of a mere text attribute an escaped value stays what it
 * is; in a link, a style or a comment it may not.
 */
export function unsafePlace(html: string): string | undefined {
  const marked = (pattern: RegExp) => html.match(pattern)?.some((piece) => piece.includes(mark)) ?? false;
  if (marked(comments)) return "in a comment";
  if (marked(scripts)) return "in a script or a style sheet";

  for (const [tag] of html.matchAll(tags)) {
    if (tag.replace(/"[^"]*"|'[^']*'/g, "").includes(mark)) return "in a tag, outside of quotes";
    for (const [, name = "", value = ""] of tag.matchAll(/([^\s"'=<>/]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
      if (value.includes(mark) && !readOnly.test(name)) return `in the attribute ${name.toLowerCase()}`;
    }
  }
  return undefined;
}
