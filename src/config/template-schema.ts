import { z } from "zod";
import { LocaleChoice } from "../message/locale-choice.ts";
import { oneLine } from "../message/one-line.ts";
import { type Samples, samplesOf } from "../message/sample.ts";
import { builtInNames } from "../message/scope.ts";
import { Templates } from "../message/templates.ts";
import { textScalar } from "./scalar-schema.ts";
import { readTemplateFolder, type TemplateFiles } from "./template-folder.ts";

const variablesMax = 16;

/** Names that mean something else to templates, as ours or as Liquid's. */
const taken = new Set<string>([
  ...builtInNames,
  ..."true false nil null empty blank and or not contains forloop".split(" "),
]);

/** What callers may give, too. */
const sample = textScalar(
  (value) => (value !== "" && value.length <= 100 && oneLine(value) === value ? value : undefined),
  "a sample of 1 to 100 characters in one line (in quotes, if it is all digits)",
);

/** The variables that callers may give values for, with a sample under the name of each. */
export const variablesSchema = z
  .record(z.string(), sample)
  .transform((group, context): ReadonlyMap<string, string> => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    const variables = new Map(Object.entries(group));
    if (variables.size > variablesMax) refuse([], `must have up to ${variablesMax} entries`);
    for (const name of variables.keys()) {
      if (taken.has(name)) refuse([name], "is a name that means something else to templates");
      else if (!/^[a-z][a-z0-9_]{0,31}$/.test(name)) {
        refuse([name], "is not a name: up to 32 lower-case letters, digits and _, the first a letter");
      }
    }
    return variables;
  });

/** What a profile says of its templates and what they are tried out with. */
export interface TemplatesGiven extends Omit<Samples, "policy"> {
  /** The directory of the profile's own, absolute; absent: the built-in ones serve every channel. */
  readonly directory: string | undefined;
  readonly locale: string;
  readonly policies: { readonly base: Samples["policy"] };
  readonly autofill: { readonly androidHashes: ReadonlySet<string> };
  readonly smsSegmentsMax: number;
}

/** Reads and checks a profile's templates; `refuse` is told what is wrong, a sentence without its beginning each. */
export function templatesOf(
  given: TemplatesGiven,
  files: TemplateFiles,
  refuse: (message: string) => void,
): Templates {
  const { directory, locale } = given;
  const variables = given.variables.keys();
  if (directory === undefined) return new Templates({ locale, variables });

  const forAndroid = given.autofill.androidHashes.size > 0;
  const { own, problems } = readTemplateFolder(directory, files, {
    samples: samplesOf(given),
    forAndroid,
    segmentsMax: given.smsSegmentsMax,
  });
  for (const { place, message } of problems) refuse(place === "" ? message : `${place}: ${message}`);
  for (const [channel, templates] of own) {
    const none = "";
    if (new LocaleChoice([...templates.keys()], none).of(locale) === none) {
      refuse(`has templates for ${channel}, but none in ${locale}, the profile's language`);
    }
  }
  return new Templates({ locale, own, variables });
}
