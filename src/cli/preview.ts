import { parseArgs } from "node:util";
import type { Config } from "../config/config.ts";
import { channels } from "../ledger/channel.ts";
import type { MessageRequest } from "../message/compose-message.ts";
import { asLanguageTag } from "../message/locale-choice.ts";
import { sampleRequest, samplesOf } from "../message/sample.ts";
import { TemplateError } from "../message/template.ts";
import type { Profile } from "../passcode/profile.ts";
import { pairsOf } from "./client.ts";
import { type Command, UsageError } from "./command.ts";
import { readConfig } from "./read-config.ts";
import { messagesShown, sourcesShown } from "./show-message.ts";

const usage = `passcode preview [--config FILE] [--profile NAME] [--channel sms|voice|email] [--locale TAG]
                      [--var NAME=VALUE ...] [--transaction NAME=VALUE ...] [--html] [--source]

  --html    the HTML of the e-mail alone
  --source  the templates instead of what they make`;

/** `passcode preview`: shows what a profile's messages look like, with sample values where none are given. */
export const preview: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: "string", short: "c" },
      profile: { type: "string" },
      channel: { type: "string" },
      locale: { type: "string" },
      var: { type: "string", multiple: true },
      transaction: { type: "string", multiple: true },
      html: { type: "boolean", default: false },
      source: { type: "boolean", default: false },
    },
  });
  const channel = channels.find((one) => one === (values.html ? "email" : values.channel));
  const isKnown = values.channel === undefined || values.channel === channel;
  if (!isKnown) throw new UsageError(usage);

  const config = await readConfig(values.config, terminal);
  if (config === undefined) return 1;
  try {
    const profile = profileNamed(values.profile, config);
    const locale = values.locale === undefined ? profile.locale : asLanguageTag(values.locale);
    const request = requestFor(profile, {
      locale,
      transaction: new Map(Object.entries(pairsOf(values.transaction))),
      variables: new Map(Object.entries(pairsOf(values.var))),
    });
    const shown = [...profile.channels.keys()].filter((one) => channel === undefined || one === channel);
    if (shown.length === 0) throw new Unshowable(`profile ${profile.name} does not offer ${channel}`);
    const show = values.source ? sourcesShown : messagesShown;
    terminal.out.write(show(profile, shown, request, values.html));
    return 0;
  } catch (error) {
    if (!(error instanceof Unshowable || error instanceof TemplateError)) throw error;
    terminal.err.write(`${error.message}\n`);
    return 1;
  }
};

/** There is no such thing to show. */
class Unshowable extends Error {}

/** Without a name, the profile `default`, or else the only one. */
function profileNamed(name: string | undefined, { profiles }: Config): Profile {
  const [first] = profiles.values();
  const profile =
    profiles.get(name ?? "default") ?? (name === undefined && profiles.size === 1 ? first : undefined);
  if (profile !== undefined) return profile;
  throw new Unshowable(`name one of the profiles with --profile: ${[...profiles.keys()].join(", ")}`);
}

function requestFor(
  profile: Profile,
  given: Pick<MessageRequest, "locale" | "transaction" | "variables">,
): MessageRequest {
  if (!isLanguageTag(given.locale)) {
    throw new Unshowable(`--locale ${given.locale}: is not a language tag such as de, pt-BR or zh-Hant`);
  }
  for (const [name, value] of given.transaction) {
    if (!/^[a-z][a-z0-9_]{0,31}$/.test(name) || value === "") {
      throw new Unshowable(
        `--transaction ${name}: takes NAME=VALUE, the name in lower-case letters, digits and _, the first a letter`,
      );
    }
  }
  for (const name of given.variables.keys()) {
    if (!profile.variables.has(name)) {
      throw new Unshowable(`--var ${name}: profile ${profile.name} declares no such variable`);
    }
  }
  return sampleRequest(samplesOf(profile), {
    ...given,
    variables: new Map([...profile.variables, ...given.variables]),
    ...(profile.keyPress && { keyPressUrl: "https://passcode.example/continue" }),
  });
}

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
