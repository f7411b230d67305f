import { isSupportedCountry } from "libphonenumber-js/max";
import { z } from "zod";
import type { Route, RouteStep } from "../delivery/route.ts";
import { type Channel, channels } from "../ledger/channel.ts";
import { numberKinds } from "../ledger/destination.ts";
import { listOf } from "./collection-schema.ts";
import type { ProviderTraits } from "./provider-traits.ts";
import { choice, textScalar, wholeNumber } from "./scalar-schema.ts";

/** The providers that the file names, with what is known of each. */
export type ProvidersNamed = ReadonlyMap<string, ProviderTraits>;

export const countryCode = textScalar(
  (value) => (isSupportedCountry(value) ? value : undefined),
  "a country code of ISO 3166-1 in capitals, such as CH",
  { showsValue: true },
);

/** What the providers are for each channel that a profile offers; at least one channel. */
export function channelsSchema(providers: ProvidersNamed) {
  return z
    .strictObject({
      sms: routeSchema("sms", providers).exactOptional(),
      voice: routeSchema("voice", providers).exactOptional(),
      email: routeSchema("email", providers).exactOptional(),
    })
    .transform((routes, context): ReadonlyMap<Channel, Route> => {
      const offered = channels.flatMap((channel): [Channel, Route][] => {
        const route = routes[channel];
        return route === undefined ? [] : [[channel, route]];
      });
      if (offered.length === 0) {
        context.addIssue({ code: "custom", message: `needs at least one of ${channels.join(", ")}` });
      }
      return new Map(offered);
    });
}

/** The name of one provider, or a list of steps that are tried in order. */
function routeSchema(channel: Channel, providers: ProvidersNamed): z.ZodType<Route> {
  const name = providerName(channel, providers);
  const alone = name.transform((name): Route => [stepOf(name)]);
  const steps = listOf(stepSchema(channel, name, providers), { countMax: 20 });
  return z
    .unknown()
    .transform((value, context) => readAs(Array.isArray(value) ? steps : alone, value, context));
}

function stepSchema(
  channel: Channel,
  name: z.ZodType<string>,
  providers: ProvidersNamed,
): z.ZodType<RouteStep> {
  const alone = name.transform(stepOf);
  const whole = z
    .strictObject({
      provider: name.exactOptional(),
      spread: spreadSchema(channel, providers).exactOptional(),
      countries: listOf(countryCode, { countMax: 300 }).exactOptional(),
      kinds: listOf(choice(numberKinds), { countMax: numberKinds.length }).exactOptional(),
    })
    .transform(({ provider, spread, countries, kinds }, context): RouteStep => {
      const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
      if ((provider === undefined) === (spread === undefined)) refuse([], "needs one of provider, spread");
      if (channel === "email" && countries !== undefined) refuse(["countries"], "is of no use for e-mail");
      if (channel === "email" && kinds !== undefined) refuse(["kinds"], "is of no use for e-mail");
      return {
        providers: spread ?? (provider === undefined ? [] : stepOf(provider).providers),
        ...(countries !== undefined && { countries: new Set(countries) }),
        ...(kinds !== undefined && { kinds: new Set(kinds) }),
      };
    });
  return z
    .unknown()
    .transform((value, context) => readAs(typeof value === "string" ? alone : whole, value, context));
}

/** Shares of the messages, by the names of providers: `{one: 3, other: 1}` gives three in four to the first. */
function spreadSchema(channel: Channel, providers: ProvidersNamed) {
  const serving = servingNames(channel, providers);
  return z.record(z.string(), wholeNumber({ min: 1, max: 1_000 })).transform((shares, context) => {
    for (const name of Object.keys(shares)) {
      if (serving.includes(name)) continue;
      context.addIssue({ code: "custom", path: [name], message: whyNot(name, channel, providers) });
    }
    if (Object.keys(shares).length < 2) {
      context.addIssue({ code: "custom", message: "needs at least two providers" });
    }
    return Object.entries(shares).map(([name, weight]) => ({ name, weight }));
  });
}

function stepOf(name: string): RouteStep {
  return { providers: [{ name, weight: 1 }] };
}

/** Reads a value by the schema of the form that it was written in, so that the problems told are that form's. */
function readAs<T>(schema: z.ZodType<T>, value: unknown, context: z.RefinementCtx): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // The issues as they are: only their type, which is for those about to be made, does not fit.
  for (const issue of parsed.error.issues) context.issues.push(issue as never);
  return z.NEVER;
}

function providerName(channel: Channel, providers: ProvidersNamed): z.ZodType<string> {
  const serving = servingNames(channel, providers);
  return z.unknown().transform((value, context): string => {
    const name = serving.find((one) => one === value);
    if (name !== undefined) return name;
    const message = whyNot(value, channel, providers);
    // A provider's name is told already.
    const isTold = typeof value === "string" && providers.has(value);
    context.addIssue({ code: "custom", message, params: { showsValue: !isTold } });
    return z.NEVER;
  });
}

function servingNames(channel: Channel, providers: ProvidersNamed): string[] {
  return [...providers].filter(([, { channels }]) => channels.includes(channel)).map(([name]) => name);
}

/** Why a channel cannot be left to what stands in the place of a provider's name, and what could stand there. */
function whyNot(value: unknown, channel: Channel, providers: ProvidersNamed): string {
  const serving = servingNames(channel, providers).join(", ");
  const named = typeof value === "string" ? providers.get(value) : undefined;
  if (named !== undefined) {
    const setting = named.needs?.[channel];
    if (setting !== undefined) return `cannot be ${value}, which needs ${setting} to send by ${channel}`;
    const others = serving === "" ? "" : `: one of ${serving} does`;
    return `cannot be ${value}, which does not send by ${channel}${others}`;
  }
  if (serving !== "") return `must be the name of a provider that can send by ${channel}: one of ${serving}`;
  return `must be the name of a provider: ${providers.size === 0 ? "`providers` has none" : `one of ${[...providers.keys()].join(", ")}`}`;
}
