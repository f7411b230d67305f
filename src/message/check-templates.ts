import type { Channel } from "../ledger/channel.ts";
import type { MessageRequest } from "./compose-message.ts";
import { checkEmail } from "./email-check.ts";
import type { LocaleTemplates } from "./locale-templates.ts";
import { type Part, partsOf } from "./part.ts";
import type { Samples } from "./sample.ts";
import { builtInNames } from "./scope.ts";
import { checkSms } from "./sms-check.ts";
import { TemplateError } from "./template.ts";
import { type Refuse, trialsOf } from "./trial.ts";
import { voiceMessage } from "./voice.ts";

export interface TemplateProblem {
  /** The name of the file, and the line in it if the problem has one. */
  readonly place: string;
  /** Completes the sentence that the place begins. Holds nothing but what the template itself says. */
  readonly message: string;
}

/**
 * What is wrong with an operator's own templates of a channel in one language.
 *
 * They are rendered with and without what a message may lack: a transaction, a purpose and
 * the profile's variables.
 */
export function problemsOfTemplates(
  channel: Channel,
  templates: LocaleTemplates,
  samples: Samples,
  expected: { forAndroid: boolean; segmentsMax: number },
): TemplateProblem[] {
  const found = new Map<string, TemplateProblem>();
  const add = (place: string, message: string) => found.set(`${place} ${message}`, { place, message });
  const refuse: Refuse = (part, message) => add(templates.part(part).name, message);

  for (const part of partsOf[channel]) checkNames(part, templates, samples, add);
  // A name that is unknown would only be reported once more.
  if (found.size > 0) return [...found.values()];

  for (const trial of trialsOf(templates, samples)) {
    try {
      if (channel === "sms") checkSms(trial, refuse, expected);
      if (channel === "voice") voiceMessage(trial.settings);
      if (channel === "email") checkEmail(trial, refuse);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      add(placeOf(error), `${error.why}${circumstances(trial.settings.request, samples)}`);
      // What is wrong with the whole message is wrong with most of its variations.
      break;
    }
  }
  return [...found.values()];
}

export function placeOf({ template, line }: TemplateError): string {
  return line === undefined ? template : `${template}:${line}`;
}

function checkNames(
  part: Part,
  templates: LocaleTemplates,
  { variables }: Samples,
  add: (place: string, message: string) => void,
): void {
  const template = templates.part(part);
  const known = new Set<string>([...builtInNames, ...variables.keys()]);
  for (const [name, line] of template.reads()) {
    const place = `${template.name}:${line}`;
    if (!known.has(name))
      add(place, `reads ${name}, which is neither built in nor among the profile's variables`);
    if (name === "code" && part === "email.subject")
      add(place, "shows the code, and a locked screen shows subjects");
  }
}

/** What the message lacks, where that is what the template did not expect. */
function circumstances({ transaction, purpose, variables }: MessageRequest, samples: Samples): string {
  const lacking = [
    ...(transaction.size === 0 ? ["a transaction"] : []),
    ...(purpose === "" ? ["a purpose"] : []),
    ...(variables.size < samples.variables.size ? ["variables"] : []),
  ];
  return lacking.length === 0 ? "" : `, in a message without ${lacking.join(" or ")}`;
}
