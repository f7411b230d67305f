import { type TemplatesGiven, templatesOf } from "../../src/config/template-schema.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import type { Templates } from "../../src/message/templates.ts";

/** A profile's templates in files of these names and texts, and what the configuration finds wrong with them. */
export function readOwn(
  files: Readonly<Record<string, string>>,
  changes: Partial<TemplatesGiven> = {},
): { templates: Templates; problems: string[] } {
  const problems: string[] = [];
  const given: TemplatesGiven = {
    directory: "/etc/passcode/templates",
    locale: "en",
    brand: "Acme",
    branding: {},
    variables: new Map(),
    policies: { base: defaultPolicy },
    autofill: { androidHashes: new Set() },
    smsSegmentsMax: 4,
    ...changes,
  };
  const templates = templatesOf(
    given,
    {
      list: () => Object.keys(files),
      read: (path) => files[path.replace("/etc/passcode/templates/", "")] ?? "",
    },
    (problem) => problems.push(problem),
  );
  return { templates, problems };
}

/** Templates that nothing is wrong with. */
export function ownTemplates(
  files: Readonly<Record<string, string>>,
  changes: Partial<TemplatesGiven> = {},
): Templates {
  const { templates, problems } = readOwn(files, changes);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return templates;
}
