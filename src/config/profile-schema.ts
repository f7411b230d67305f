import { z } from "zod";
import { type Channel, channels } from "../ledger/channel.ts";
import type { Profile } from "../passcode/profile.ts";
import { isHost } from "./address.ts";
import { listOf, named } from "./collection-schema.ts";
import { numbersSchema } from "./numbers-schema.ts";
import { resolvePolicies } from "./policy-rules.ts";
import { policySchema } from "./policy-schema.ts";
import { scalar, textScalar } from "./scalar-schema.ts";

/** The providers that the file names, with what each can deliver. A broken one serves every channel, as its own problem is enough. */
export type ProviderChannels = ReadonlyMap<string, readonly Channel[]>;

/** It stands in every message: no line breaks, and nothing that turns the direction of the text around it. */
const brand = textScalar((value) => {
  const isPlain = /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]{1,40}$/u.test(value);
  return isPlain && value.trim() === value ? value : undefined;
}, "1 to 40 characters without line breaks, control characters or spaces at its ends");

const locale = textScalar((value) => {
  try {
    return Intl.getCanonicalLocales(value)[0];
  } catch {
    return undefined;
  }
}, "a language tag of BCP 47, such as en or de-CH");

const webHost = textScalar(
  (value) => (isHost(value) && value === value.toLowerCase() ? value : undefined),
  "the host of a web page in lower case, such as shop.example",
);

const androidHash = textScalar(
  (value) => (/^[A-Za-z0-9+/]{11}$/.test(value) ? value : undefined),
  "the 11-character hash of an Android app",
);

const autofill = z
  .strictObject({
    webHosts: listOf(webHost, { countMin: 0, countMax: 100 }).default([]),
    androidHashes: listOf(androidHash, { countMin: 0, countMax: 100 }).default([]),
  })
  .transform(({ webHosts, androidHashes }) => ({
    webHosts: new Set(webHosts),
    androidHashes: new Set(androidHashes),
  }));

/** A profile, as yet without the name that it stands under. */
export function profileSchema(providers: ProviderChannels) {
  return z
    .strictObject({
      brand,
      locale: locale.default("en"),
      channels: channelsSchema(providers),
      policy: policySchema.prefault({}),
      policies: named(policySchema).prefault({}),
      numbers: numbersSchema.prefault({}),
      autofill: autofill.prefault({}),
    })
    .transform(
      ({ policy, policies, ...profile }): Omit<Profile, "name"> => ({
        ...profile,
        policies: resolvePolicies(policy, policies),
      }),
    );
}

function channelsSchema(providers: ProviderChannels) {
  return z
    .strictObject({
      sms: providerName("sms", providers).exactOptional(),
      voice: providerName("voice", providers).exactOptional(),
      email: providerName("email", providers).exactOptional(),
    })
    .transform((names, context): ReadonlyMap<Channel, string> => {
      const offered = channels.flatMap((channel): [Channel, string][] => {
        const provider = names[channel];
        return provider === undefined ? [] : [[channel, provider]];
      });
      if (offered.length === 0) {
        context.addIssue({ code: "custom", message: `needs at least one of ${channels.join(", ")}` });
      }
      return new Map(offered);
    });
}

function providerName(channel: Channel, providers: ProviderChannels): z.ZodType<string> {
  const serving = [...providers].filter(([, served]) => served.includes(channel)).map(([name]) => name);
  const expected = serving.length > 0 ? `one of ${serving.join(", ")}` : "a provider, and none here can";
  return scalar(
    (value) => serving.find((name) => name === value),
    `the name of a provider that can send by ${channel}: ${expected}`,
    { showsValue: true },
  );
}
