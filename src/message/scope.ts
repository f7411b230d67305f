import { Code } from "./code.ts";
import type { MessageRequest } from "./compose-message.ts";
import { spokenDuration } from "./duration.ts";
import type { LocaleTemplates } from "./locale-templates.ts";
import { oneLine } from "./one-line.ts";
import type { Scope } from "./template.ts";

/** The variables of every template. A profile's own may have none of these names, nor one that Liquid gives a meaning. */
export const builtInNames = [
  "code",
  "brand",
  "expires_in",
  "purpose",
  "transaction",
  "locale",
  "direction",
  "logo_url",
  "color",
  "brief",
] as const;

export interface ScopeSettings {
  readonly request: MessageRequest;
  readonly templates: LocaleTemplates;
  /** The names of the profile's variables; the request gives values for some. */
  readonly variables: readonly string[];
  /** What stands in the code's place. */
  readonly code?: string;
  /** Whether to leave out what can be left out. */
  readonly brief?: boolean;
}

/** What a message's templates can read: all of it one line each, and plain text. */
export function scopeOf({ request, templates, variables, code, brief = false }: ScopeSettings): Scope {
  const { branding = {} } = request;
  return {
    ...Object.fromEntries(variables.map((name) => [name, given(request.variables.get(name))])),
    code: new Code(code ?? request.code),
    brand: oneLine(request.brand),
    expires_in: oneLine(spokenDuration(request.expiresInMs, templates.tag)),
    purpose: given(request.purpose),
    transaction: Array.from(request.transaction, ([name, value]) => ({
      name: oneLine(name.replaceAll("_", " ")),
      value: oneLine(value),
    })),
    locale: templates.tag,
    direction: templates.direction,
    logo_url: given(branding.logoUrl),
    color: given(branding.color),
    brief,
  } satisfies Record<(typeof builtInNames)[number], unknown>;
}

/** Null for what is not given: Liquid takes an empty text for true. */
function given(value: string | undefined): string | null {
  return oneLine(value ?? "") || null;
}
