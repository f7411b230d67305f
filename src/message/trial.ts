import type { MessageRequest } from "./compose-message.ts";
import type { LocaleTemplates } from "./locale-templates.ts";
import type { Part } from "./part.ts";
import { type Samples, sampleRequest } from "./sample.ts";
import type { ScopeSettings } from "./scope.ts";

/** Puts down what is wrong with a part. */
export type Refuse = (part: Part, message: string) => void;

/** A message to try templates out with. */
export interface Trial {
  readonly settings: ScopeSettings;
  /** The same with values that can be told from the template's own text: `mark` is at both ends of each. */
  readonly marked: ScopeSettings;
  /** Whether there is a transaction to be shown. */
  readonly isTransaction: boolean;
}

/** Of private use, so that no template holds it. */
export const mark = "\u{E000}";

const transaction = new Map([
  ["amount", "12 EUR"],
  ["payee_name", "Kim Doe"],
]);

/** Messages with and without what a message may lack: a transaction, a purpose and the profile's variables. */
export function* trialsOf(templates: LocaleTemplates, samples: Samples): Generator<Trial> {
  const names = [...samples.variables.keys()];
  for (const variables of names.length === 0
    ? [samples.variables]
    : [samples.variables, new Map<string, string>()]) {
    for (const purpose of ["login", ""]) {
      for (const shown of [transaction, new Map<string, string>()]) {
        const request = sampleRequest(samples, {
          locale: templates.tag,
          purpose,
          transaction: shown,
          variables,
        });
        yield {
          settings: { request, templates, variables: names },
          marked: { request: withMarks(request), templates, variables: names },
          isTransaction: shown.size > 0,
        };
      }
    }
  }
}

function withMarks(request: MessageRequest): MessageRequest {
  const marked = (values: ReadonlyMap<string, string>) =>
    new Map(Array.from(values, ([name, value]) => [name, `${mark}${value}${mark}`]));
  return { ...request, transaction: marked(request.transaction), variables: marked(request.variables) };
}
