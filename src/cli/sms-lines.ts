import type { ProviderSettings } from "../config/config.ts";
import { describeSms } from "../message/describe-sms.ts";
import { samplesOf } from "../message/sample.ts";
import type { SmsEncoding } from "../message/segments.ts";
import type { Profile } from "../passcode/profile.ts";

/** How a profile's SMS travel, those of one form on a line; by their names where providers are handed another alphabet than GSM-7. */
export function smsLines(profile: Profile, providers: ReadonlyMap<string, ProviderSettings>): string[] {
  const { templates } = profile;
  return [...namesByAlphabet(profile, providers)].flatMap(([alphabet, names]) => {
    const by = alphabet === "GSM-7" ? "" : `by ${[...names].join(", ")} `;
    return describeSms(templates, samplesOf(profile), alphabet).map((line) => `SMS ${by}in ${line}`);
  });
}

function namesByAlphabet({ channels }: Profile, providers: ReadonlyMap<string, ProviderSettings>) {
  const names = (channels.get("sms") ?? []).flatMap((step) => step.providers.map(({ name }) => name));
  return Map.groupBy(new Set(names), (name): SmsEncoding => {
    const settings = providers.get(name);
    return settings?.kind === "smpp" ? settings.alphabet : "GSM-7";
  });
}
