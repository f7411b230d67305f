import { Liquid, toValue } from "liquidjs";
import { Code } from "./code.ts";

/** What a template's text is read by: decides how values are escaped. */
export type Medium = "text" | "html";

/** Characters that a template may have, and that it may make of a message: Gmail shows no more of an e-mail. */
const charactersMax = 100_000;

/**
 * Characters and list entries that filters and loops may make, so that loops without end do.
 * Milliseconds bound what these do not count, far above what a template takes on a busy machine.
 */
const limits = { parseLimit: charactersMax, memoryLimit: charactersMax, renderLimit: 10_000 };

/** Tags that read other files, count in the caller's variables or write markup are left out. */
const allowedTags = new Set(
  "assign break capture case comment continue echo for if liquid raw unless #".split(" "),
);

/**
 * Filters that make text of text, or pick from a list. Left out are those that undo the escaping,
 * decode or evaluate text, or depend on the time or on chance.
 */
const allowedFilters = new Set(
  [
    "append capitalize default downcase prepend remove remove_first remove_last replace replace_first",
    "replace_last slice split strip lstrip rstrip squish truncate truncatewords upcase",
    "first join last map reverse size",
    "abs at_least at_most divided_by minus modulo plus times",
  ]
    .join(" ")
    .split(" "),
);

/** The engines, one for each medium. An unknown tag or filter is an error of parsing. */
export const engines: Readonly<Record<Medium, Liquid>> = {
  text: engineWith(shownText),
  html: engineWith((value) => escapeHtml(shownText(value))),
};

function engineWith(outputEscape: (value: unknown) => string): Liquid {
  const engine = new Liquid({
    ...limits,
    outputEscape,
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    dynamicPartials: false,
    // There is nothing to include, from wherever it is tried.
    templates: {},
    // Of use to dates alone, which there are none of; finding out the machine's would take a while.
    locale: "en",
  });
  for (const tag of Object.keys(engine.tags)) if (!allowedTags.has(tag)) delete engine.tags[tag];
  for (const filter of Object.keys(engine.filters)) {
    if (!allowedFilters.has(filter)) engine.unregisterFilter(filter);
  }
  return engine;
}

/** Whatever `{{ }}` puts out is a piece of one line of plain text, whichever filters it came through. */
function shownText(output: unknown): string {
  const value = toValue(output);
  if (value instanceof Code) return Code.shown(value);
  switch (typeof value) {
    case "string":
      // What was captured does not count as memory, and could double and double again.
      return bounded(value)
        .toWellFormed()
        .replace(/[\p{Cc}\p{Zl}\p{Zp}\u{FDD0}-\u{FDEF}]/gu, " ");
    case "number":
    case "boolean":
      return String(value);
  }
  if (value === null || value === undefined) return "";
  throw new Error("puts out a list or a pair as a whole");
}

/** The text, unless it is longer than a message may be. */
export function bounded(text: string): string {
  if (text.length <= charactersMax) return text;
  throw new Error(`makes more than ${charactersMax} characters`);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes text of HTML that stands in an element or in quotes read as it is written. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
