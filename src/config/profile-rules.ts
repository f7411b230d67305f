import type { Route } from "../delivery/route.ts";
import type { Channel } from "../ledger/channel.ts";
import { defaultPolicy } from "../ledger/policy.ts";
import type { Fallback } from "../passcode/profile.ts";
import { builtOn } from "./policy-rules.ts";
import type { Limits } from "./policy-schema.ts";
import type { Path, Problem } from "./problem.ts";
import type { ProviderTraits } from "./provider-traits.ts";
import { refusesEmail } from "./standards.ts";

/** What a profile needs to know of the rest of the file. */
export interface ProfileSurroundings {
  readonly providers: ReadonlyMap<string, ProviderTraits>;
  /** Whether the file says where providers can reach this service. */
  readonly hasCallbacks: boolean;
}

interface GivenProfile {
  readonly channels: ReadonlyMap<Channel, Route>;
  readonly fallback?: Fallback;
  readonly policy: Limits;
  readonly policies: ReadonlyMap<string, Limits>;
  readonly voice: { readonly keyPress: boolean };
  readonly test: boolean;
}

/** What a profile asks of its providers and they cannot give. */
export function profileProblems(profile: GivenProfile, surroundings: ProfileSurroundings): Problem[] {
  return [
    ...testProblems(profile, surroundings),
    ...fallbackProblems(profile, surroundings),
    ...keyPressProblems(profile, surroundings),
    ...presetProblems(profile),
  ];
}

/** A profile that approves fixed numbers must reach nobody, and one that reaches people must not approve them. */
function testProblems({ channels, test }: GivenProfile, surroundings: ProfileSurroundings): Problem[] {
  return [...channels].flatMap(([channel, route]) =>
    providersOf(route, surroundings).flatMap(({ name, isReal, isTest }): Problem[] => {
      const path = ["channels", channel];
      if (test && isReal)
        return [{ path, message: `must not use ${name}, a real provider, in a test profile` }];
      if (!test && isTest)
        return [{ path, message: `can use ${name} only in a profile with \`test: true\`` }];
      return [];
    }),
  );
}

function fallbackProblems(
  { channels, fallback, policy }: GivenProfile,
  surroundings: ProfileSurroundings,
): Problem[] {
  if (fallback === undefined) return [];
  const path: Path = ["fallback", "channels"];
  if (new Set(fallback.channels).size < fallback.channels.length) {
    return [{ path, message: "must not name a channel twice" }];
  }
  const missing = fallback.channels.find((channel) => !channels.has(channel));
  if (missing !== undefined) return [{ path, message: `names ${missing}, which the profile does not offer` }];
  if (fallback.afterMs === undefined) return [];
  if (fallback.afterMs >= builtOn(defaultPolicy, policy).expiryMs) {
    return [
      { path: ["fallback", "after"], message: "must be less than policy.expiry, when the code is dead" },
    ];
  }
  return fallback.channels.slice(0, -1).flatMap((channel) =>
    providersOf(channels.get(channel) ?? [], surroundings)
      .filter((provider) => !canReport(provider, surroundings))
      .map(({ name, reports }) => ({
        path: ["fallback", "after"],
        message: `waits for reports of ${name}, which ${
          reports === "posted" ? "needs `callbacks` to post them to" : "gives none as it is set up"
        }; without them every code would be sent twice`,
      })),
  );
}

function keyPressProblems({ channels, voice }: GivenProfile, surroundings: ProfileSurroundings): Problem[] {
  if (!voice.keyPress) return [];
  const path = ["voice", "keyPress"];
  const route = channels.get("voice");
  if (route === undefined) return [{ path, message: "is of no use without the channel voice" }];
  if (!surroundings.hasCallbacks)
    return [{ path, message: "needs `callbacks`, where calls ask what to say next" }];
  return providersOf(route, surroundings)
    .filter(({ keyPress }) => !keyPress)
    .map(({ name }) => ({ path, message: `cannot be asked for by ${name} as it is set up` }));
}

/** What a standard says of channels. */
function presetProblems({ channels, policy, policies }: GivenProfile): Problem[] {
  const presets = [policy, ...policies.values()].flatMap(({ preset }) => preset ?? []);
  if (!channels.has("email") || !presets.some(refusesEmail)) return [];
  const message =
    "must not be offered with the preset nist: Sec. 3.1.3.1 of NIST SP 800-63B-4 has no out-of-band authentication by e-mail";
  return [{ path: ["channels", "email"], message }];
}

function canReport({ reports }: ProviderTraits, { hasCallbacks }: ProfileSurroundings): boolean {
  return reports === "inBand" || (reports === "posted" && hasCallbacks);
}

function providersOf(
  route: Route,
  { providers }: ProfileSurroundings,
): (ProviderTraits & { name: string })[] {
  return route.flatMap((step) =>
    step.providers.flatMap(({ name }) => {
      const traits = providers.get(name);
      return traits === undefined ? [] : [{ name, ...traits }];
    }),
  );
}
