import type { Channel } from "../ledger/channel.ts";
import { builtIn } from "./built-in.ts";
import { languageTags } from "./language.ts";
import { LocaleChoice } from "./locale-choice.ts";
import type { LocaleTemplates } from "./locale-templates.ts";

/** Templates of an operator's own, by channel and language tag. */
export type OwnTemplates = ReadonlyMap<Channel, ReadonlyMap<string, LocaleTemplates>>;

export interface TemplatesSettings {
  /** The language of messages for which there is none nearer. */
  readonly locale: string;
  /** A channel that is in here uses these alone; any other uses the built-in ones. */
  readonly own?: OwnTemplates;
  /** The names of the profile's variables. */
  readonly variables?: Iterable<string>;
}

/** All message templates of a profile. */
export class Templates {
  readonly variables: readonly string[];
  readonly #locale: string;
  readonly #own: OwnTemplates;
  readonly #choices = new Map<Channel | "builtIn", LocaleChoice>();

  constructor({ locale, own = new Map(), variables = [] }: TemplatesSettings) {
    this.#locale = locale;
    this.#own = own;
    this.variables = [...variables];
  }

  /** Those in the language nearest to the one asked for, or else to the profile's. */
  choose(channel: Channel, asked: string): LocaleTemplates {
    const own = this.#own.get(channel);
    if (own === undefined) return builtIn(this.#choice("builtIn", languageTags, "en").of(asked));
    const tags = () => [...own.keys()];
    const chosen = own.get(this.#choice(channel, tags, this.#locale).of(asked));
    if (chosen === undefined) throw new Error(`no template for ${channel} is in the profile's language`);
    return chosen;
  }

  /** The operator's own for a channel; undefined if it uses the built-in ones. */
  own(channel: Channel): readonly LocaleTemplates[] | undefined {
    const own = this.#own.get(channel);
    return own && [...own.values()];
  }

  /** Made when it is first needed, as the built-in languages are not looked for at the start. */
  #choice(key: Channel | "builtIn", tags: () => readonly string[], last: string): LocaleChoice {
    const known = this.#choices.get(key);
    if (known !== undefined) return known;
    const available = tags();
    const made = new LocaleChoice(available, new LocaleChoice(available, last).of(this.#locale));
    this.#choices.set(key, made);
    return made;
  }
}

/** The built-in templates alone, for a profile in English. */
export const builtInTemplates = new Templates({ locale: "en" });
