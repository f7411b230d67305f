import { parseArgs } from "node:util";
import type { Config } from "../config/config.ts";
import { chanceOfGuessing, percent } from "../config/guessing.ts";
import { unmet } from "../config/policy-rules.ts";
import { settingOf } from "../config/policy-schema.ts";
import { risksOf } from "../config/risks.ts";
import { refusesEmail, type Standard, standards } from "../config/standards.ts";
import { missingPackage } from "../delivery/open-provider.ts";
import type { Profile } from "../passcode/profile.ts";
import { type Command, UsageError } from "./command.ts";
import { readConfig } from "./read-config.ts";
import { routeText } from "./route-text.ts";
import { smsLines } from "./sms-lines.ts";

/**
 * `passcode check FILE [--require nist|psd2]`: validates a configuration and starts nothing.
 * Fails too if a standard that is required is not met, or a library is missing that it needs.
 */
export const check: Command = async (args, terminal) => {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: "string", short: "c" }, require: { type: "string", multiple: true } },
  });
  const required = (values.require ?? []).map(standardNamed);
  const path = values.config ?? positionals[0];
  const config = await readConfig(path, terminal);
  if (config === undefined) return 1;
  const problems = [
    ...(await missingPackages(config)),
    ...required.flatMap((standard) =>
      [...config.profiles.values()].flatMap((profile) => unmetBy(profile, standard)),
    ),
  ];
  if (problems.length > 0) {
    terminal.err.write(`${problems.join("\n")}\n`);
    return 1;
  }
  const met = required.map((standard) => `, and meets the numbers of ${standard}`).join("");
  terminal.out.write(`${path ?? "the embedded configuration"} is valid${met}\n`);
  for (const risk of risksOf(config, path)) terminal.out.write(`  risk: ${risk}\n`);
  for (const profile of config.profiles.values()) {
    for (const line of described(profile, config.providers)) terminal.out.write(`  ${line}\n`);
  }
  return 0;
};

function standardNamed(text: string): Standard {
  const standard = standards.find((one) => one === text);
  if (standard === undefined) throw new UsageError(`passcode check FILE --require ${standards.join(" | ")}`);
  return standard;
}

async function missingPackages({ providers }: Config): Promise<string[]> {
  const missing = [];
  for (const [name, { kind }] of providers) {
    const found = await missingPackage(kind);
    if (found !== undefined)
      missing.push(`providers.${name}: the package ${found} is not installed: run \`npm ci\``);
  }
  return missing;
}

/** Where a profile does not have the numbers of a standard. Its named policies are stricter than its own. */
function unmetBy({ name, policies, channels, isTest }: Profile, standard: Standard): string[] {
  if (isTest) return [];
  const limits = unmet(policies.base, standard).map(
    ({ limits: [limit], says, clause }) =>
      `profiles.${name}.policy.${settingOf(limit)}: must be ${says} for ${standard} (${clause})`,
  );
  const email = `profiles.${name}.channels.email: must not be offered for ${standard} (NIST SP 800-63B-4, Sec. 3.1.3.1)`;
  return channels.has("email") && refusesEmail(standard) ? [...limits, email] : limits;
}

function described(profile: Profile, providers: Config["providers"]): string[] {
  const { base } = profile.policies;
  const chances = `${percent(chanceOfGuessing(base, 1))} a day, ${percent(chanceOfGuessing(base, 365))} a year`;
  return [
    `profile ${profile.name} (${profile.brand})`,
    ...[...profile.channels].map(([channel, route]) => `  ${channel} by ${routeText(route)}`),
    `  a code of one destination is guessed with a chance of at most ${chances}`,
    ...smsLines(profile, providers).map((line) => `  ${line}`),
  ];
}
