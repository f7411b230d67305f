import { join } from "node:path";
import { type Channel, channels } from "../ledger/channel.ts";
import { placeOf, problemsOfTemplates, type TemplateProblem } from "../message/check-templates.ts";
import { isTag } from "../message/locale-choice.ts";
import type { LocaleTemplates } from "../message/locale-templates.ts";
import { OwnLocaleTemplates } from "../message/own-templates.ts";
import { fileNameOf, type Part, partNamed, partsOf } from "../message/part.ts";
import type { Samples } from "../message/sample.ts";
import { Template, TemplateError } from "../message/template.ts";
import type { OwnTemplates } from "../message/templates.ts";
import { codeOf, type Files } from "./pem.ts";

export type TemplateFiles = Pick<Files, "read" | "list">;

interface Expectations {
  readonly samples: Samples;
  /** Whether an SMS has to fit what Android reads. */
  readonly forAndroid: boolean;
  readonly segmentsMax: number;
}

/** More than any profile's, so that a wrong path does not fill the memory. */
const filesMax = 1_000;

/** The templates in a directory by the names of their files; undefined stands for one that cannot be read. */
type Found = ReadonlyMap<string, Template | undefined>;

type Refuse = (place: string, message: string) => void;

/** Reads the templates in a directory and tries them out. */
export function readTemplateFolder(
  directory: string,
  files: TemplateFiles,
  expectations: Expectations,
): { own: OwnTemplates; problems: readonly TemplateProblem[] } {
  const problems: TemplateProblem[] = [];
  const refuse: Refuse = (place, message) => problems.push({ place, message });
  const found: Found = new Map(
    namesIn(directory, files, refuse).map((name) => [name, readTemplate(directory, name, files, refuse)]),
  );

  const own = new Map<Channel, ReadonlyMap<string, LocaleTemplates>>();
  for (const channel of channels) {
    const inChannel = new Map<string, LocaleTemplates>();
    for (const tag of tagsOf(channel, found)) {
      const templates = complete(channel, tag, found, refuse);
      if (templates === undefined) continue;
      inChannel.set(tag, templates);
      problems.push(...problemsOfTemplates(channel, templates, expectations.samples, expectations));
    }
    if (inChannel.size > 0) own.set(channel, inChannel);
  }
  if (found.size === 0 && problems.length === 0) refuse("", "names a directory without templates");
  return { own, problems };
}

/** The names of the templates in a directory. A file whose name begins with a dot is none of ours. */
function namesIn(directory: string, { list }: TemplateFiles, refuse: Refuse): string[] {
  let names: readonly string[];
  try {
    names = list(directory);
  } catch (error) {
    refuse("", `names a directory that cannot be read (${codeOf(error)})`);
    return [];
  }
  if (names.length > filesMax) {
    refuse("", `names a directory with more than ${filesMax} files`);
    return [];
  }
  return names.toSorted().filter((name) => {
    if (name.startsWith(".")) return false;
    const named = partNamed(name);
    if (named !== undefined && isTag(named.tag)) return true;
    refuse(
      name,
      named === undefined
        ? `is not named like a template: ${Object.values(partsOf)
            .flat()
            .map((part) => fileNameOf(part, "TAG"))
            .join(", ")}`
        : "is not named for a language by a tag such as de, pt-BR or zh-Hant",
    );
    return false;
  });
}

function readTemplate(
  directory: string,
  name: string,
  { read }: TemplateFiles,
  refuse: Refuse,
): Template | undefined {
  try {
    const text = read(join(directory, name));
    const source = text.replace(/^\u{FEFF}/u, "").replaceAll("\r\n", "\n");
    return new Template(name, source, name.endsWith(".html.liquid") ? "html" : "text");
  } catch (error) {
    if (error instanceof TemplateError) refuse(placeOf(error), error.why);
    else refuse(name, `cannot be read (${codeOf(error)})`);
    return undefined;
  }
}

function tagsOf(channel: Channel, found: Found): Set<string> {
  const parts: readonly Part[] = partsOf[channel];
  return new Set(
    [...found.keys()].flatMap((name) => {
      const named = partNamed(name);
      return named !== undefined && parts.includes(named.part) ? [named.tag] : [];
    }),
  );
}

/** The templates of a channel in a language, if every part is there. */
function complete(channel: Channel, tag: string, found: Found, refuse: Refuse): LocaleTemplates | undefined {
  const parts = new Map<Part, Template>();
  for (const part of partsOf[channel]) {
    const name = fileNameOf(part, tag);
    const template = found.get(name);
    if (template !== undefined) parts.set(part, template);
    if (!found.has(name)) refuse(name, "is missing, beside the other parts of the e-mail");
  }
  return parts.size === partsOf[channel].length ? new OwnLocaleTemplates(tag, parts) : undefined;
}
