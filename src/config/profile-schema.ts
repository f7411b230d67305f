import { z } from "zod";
import { asLanguageTag } from "../message/locale-choice.ts";
import type { Fallback, Profile } from "../passcode/profile.ts";
import { isHost } from "./address.ts";
import { listOf, named } from "./collection-schema.ts";
import { numbersSchema } from "./numbers-schema.ts";
import { type Files, filePath } from "./pem.ts";
import { resolvePolicies } from "./policy-rules.ts";
import { policySchema } from "./policy-schema.ts";
import { type ProfileSurroundings, profileProblems } from "./profile-rules.ts";
import { baseUrl } from "./providers/http-fields.ts";
import { channelsSchema } from "./route-schema.ts";
import { choice, duration, flag, textScalar, wholeNumber } from "./scalar-schema.ts";
import { templatesOf, variablesSchema } from "./template-schema.ts";

/** It stands in every message: no line breaks, and nothing that turns the direction of the text around it. */
const brand = textScalar((value) => {
  const isPlain = /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]{1,40}$/u.test(value);
  return isPlain && value.trim() === value ? value : undefined;
}, "1 to 40 characters without line breaks, control characters or spaces at its ends");

const locale = textScalar((value) => {
  try {
    return Intl.getCanonicalLocales(asLanguageTag(value))[0];
  } catch {
    return undefined;
  }
}, "a language tag of BCP 47, such as en or de-CH");

const color = textScalar(
  (value) => (/^#[0-9a-f]{6}$/i.test(value) ? value : undefined),
  "a colour such as #0a7f5c (in quotes)",
);

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

const branding = z
  .strictObject({ logo: baseUrl.exactOptional(), color: color.exactOptional() })
  .transform(({ logo, color }) => ({
    ...(logo !== undefined && { logoUrl: logo }),
    ...(color !== undefined && { color }),
  }));

/** The channels that stand in for one another: those that reach a phone. */
const fallback = z
  .strictObject({
    channels: listOf(choice(["sms", "voice"]), { countMin: 2, countMax: 2 }),
    after: duration({ min: "1s", max: "1h" }).exactOptional(),
  })
  .transform(
    ({ channels, after }): Fallback => ({ channels, ...(after !== undefined && { afterMs: after }) }),
  );

/** A profile, as yet without the name that it stands under. */
export function profileSchema(surroundings: ProfileSurroundings, files: Files) {
  return z
    .strictObject({
      brand,
      branding: branding.prefault({}),
      locale: locale.default("en"),
      channels: channelsSchema(surroundings.providers),
      afterNoAnswer: choice(["stop", "next"]).default("stop"),
      fallback: fallback.exactOptional(),
      // The built-in wording alone takes two in most languages, with the longest brand.
      sms: z.strictObject({ segmentsMax: wholeNumber({ min: 2, max: 10 }).default(4) }).prefault({}),
      voice: z.strictObject({ keyPress: flag().default(false) }).prefault({}),
      test: flag().default(false),
      policy: policySchema.prefault({}),
      policies: named(policySchema).prefault({}),
      numbers: numbersSchema.prefault({}),
      autofill: autofill.prefault({}),
      templates: filePath(files).exactOptional(),
      variables: variablesSchema.prefault({}),
    })
    .superRefine((profile, context) => {
      for (const problem of profileProblems(profile, surroundings)) {
        context.addIssue({ code: "custom", path: [...problem.path], message: problem.message });
      }
    })
    .transform(
      ({ policy, policies, sms, voice, test, templates, ...given }, context): Omit<Profile, "name"> => {
        const profile = {
          ...given,
          policies: resolvePolicies(policy, policies),
          smsSegmentsMax: sms.segmentsMax,
        };
        return {
          ...profile,
          templates: templatesOf({ ...profile, directory: templates }, files, (message) =>
            context.addIssue({ code: "custom", path: ["templates"], message }),
          ),
          keyPress: voice.keyPress,
          isTest: test,
        };
      },
    );
}
