import { statSync } from "node:fs";
import type { Policy } from "../ledger/policy.ts";
import { isLoopback } from "./address.ts";
import type { Config, ProviderSettings } from "./config.ts";
import { chanceOfGuessing, percent } from "./guessing.ts";

/**
 * What is permitted and an operator should know of: whole sentences that begin with the
 * setting, and hold no secret. Told by `check`, and as warnings at the start.
 */
export function risksOf(config: Config, path: string | undefined): string[] {
  return [
    ...(path === undefined ? [] : fileRisks(path)),
    ...exposureRisks(config),
    ...storeRisks(config),
    ...[...config.providers].flatMap(([name, settings]) => providerRisks(name, settings)),
    ...[...config.profiles.values()].flatMap(({ name, isTest, policies }) =>
      isTest
        ? [`profiles.${name}.test: sends nothing and approves its test numbers`]
        : guessingRisks(`profiles.${name}.policy`, policies.base),
    ),
  ];
}

/** Whoever may write the file decides where codes go. */
function fileRisks(path: string): string[] {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o022) === 0) return [];
  return [`${path}: may be written by others than its owner, who then decide where codes go: chmod go-w`];
}

function exposureRisks({ development, listen, tls }: Config): string[] {
  const open = Object.entries(listen).filter(([, { host }]) => !isLoopback(host));
  return [
    ...(development ? ["development: is for trying things out, and not safe to expose"] : []),
    ...open.flatMap(([protocol]) =>
      tls === undefined
        ? [`listen.${protocol}: without tls, keys and codes travel in the clear unless a proxy encrypts them`]
        : [],
    ),
  ];
}

function storeRisks({ development, store }: Config): string[] {
  if (store.kind === "memory" && !development) {
    return ["store: is in memory, so a restart gives everybody fresh sends and guesses"];
  }
  if (store.kind !== "redis") return [];
  const { topology, tls } = store;
  const inClear =
    topology.kind === "sentinel"
      ? topology.nodes.filter(() => !tls).map(({ host }) => host)
      : (topology.kind === "single" ? [topology.url] : topology.urls)
          .map((url) => new URL(url))
          .filter(({ protocol }) => protocol === "redis:" && !tls)
          .map(({ hostname }) => hostname);
  return inClear.some((host) => !isLoopback(withoutBrackets(host)))
    ? [
        "store: speaks to Redis in the clear: whoever is between reads its password and can change what is counted",
      ]
    : [];
}

/** What a provider's client would send readable for anybody between. */
function providerRisks(name: string, settings: ProviderSettings): string[] {
  const inClear = (setting: string) => [
    `providers.${name}.${setting}: codes and the account's password travel in the clear, for whoever is between`,
  ];
  switch (settings.kind) {
    case "smtp":
      return settings.security === "none" && !isLoopback(settings.host) ? inClear("security") : [];
    case "smpp":
      return !settings.tls && !isLoopback(settings.host) ? inClear("tls") : [];
    default: {
      const url = "url" in settings ? settings.url : "baseUrl" in settings ? settings.baseUrl : undefined;
      if (url === undefined || !url.startsWith("http:")) return [];
      return isLoopback(withoutBrackets(new URL(url).hostname))
        ? []
        : inClear("url" in settings ? "url" : "baseUrl");
    }
  }
}

/** More than one chance in a thousand a day, for one destination. The defaults have one in twenty-five thousand. */
const guessingRiskMin = 0.001;

function guessingRisks(path: string, policy: Policy): string[] {
  const aDay = chanceOfGuessing(policy, 1);
  if (aDay < guessingRiskMin) return [];
  const { codeLength, codeAlphabet, guessesPerDay } = policy;
  return [
    `${path}: ${codeLength} ${codeAlphabet} with ${guessesPerDay} wrong codes a day, and as many by known devices, give whoever guesses at one destination ${percent(aDay)} a day and ${percent(chanceOfGuessing(policy, 365))} a year`,
  ];
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
