import { z } from "zod";
import type { Profile } from "../passcode/profile.ts";
import { logLevels } from "../telemetry/log.ts";
import { sendsInHandDefault } from "./api-key.ts";
import { callbacksSchema } from "./callbacks-schema.ts";
import { listOf, named } from "./collection-schema.ts";
import { keysSchema } from "./key-schema.ts";
import { listenSchema } from "./listen-schema.ts";
import { certificateFile, type Files, isKeyOf, privateKeyFile } from "./pem.ts";
import type { ProfileSurroundings } from "./profile-rules.ts";
import { profileSchema } from "./profile-schema.ts";
import { providerSchema } from "./provider-schema.ts";
import { choice, duration, flag, name, textScalar, wholeNumber } from "./scalar-schema.ts";
import { memoryDefaults, storeSchema } from "./store-schema.ts";

/** What the parts of the file need to know of each other, and of the files around it. */
export interface Surroundings extends ProfileSurroundings {
  readonly files: Files;
  readonly profileNames: readonly string[];
}

/** The file as a whole. Rules that reach across its parts are in `secure-start.ts` and `policy-rules.ts`. */
export function configSchema({ files, profileNames, ...ofProfiles }: Surroundings) {
  const file = z.strictObject({
    development: flag().default(false),
    listen: listenSchema.prefault({}),
    tls: tlsSchema(files).exactOptional(),
    apiKeys: apiKeysSchema(profileNames).default([]),
    sendsInHandMax: sendsInHandMax.default(sendsInHandDefault),
    keys: keysSchema.exactOptional(),
    store: storeSchema(files).default(memoryDefaults),
    providers: named(providerSchema(files)).prefault({}),
    callbacks: callbacksSchema.exactOptional(),
    profiles: named(profileSchema(ofProfiles, files)).transform(
      (profiles, context): ReadonlyMap<string, Profile> => {
        if (profiles.size === 0) context.addIssue({ code: "custom", message: "needs at least one profile" });
        return new Map([...profiles].map(([name, profile]) => [name, { name, ...profile }]));
      },
    ),
    log: z.strictObject({ level: choice(logLevels).default("info") }).prefault({}),
    shutdown: z
      .strictObject({ drain: duration({ min: "0s", max: "1h" }).default(30_000) })
      .prefault({})
      .transform(({ drain }) => ({ drainMs: drain })),
  });
  return file.superRefine(({ listen, callbacks }, context) => {
    if (callbacks === undefined) return;
    for (const protocol of ["grpc", "http"] as const) {
      const taken = listen[protocol];
      if (taken?.port !== callbacks.listen.port || taken.host !== callbacks.listen.host) continue;
      const message = `must not be the address of listen.${protocol}`;
      context.addIssue({ code: "custom", path: ["callbacks", "listen"], message });
    }
  });
}

function tlsSchema(files: Files) {
  return z
    .strictObject({
      certificate: certificateFile(files),
      key: privateKeyFile(files),
      clientCa: certificateFile(files).exactOptional(),
    })
    .superRefine((tls, context) => {
      if (isKeyOf(tls)) return;
      context.addIssue({ code: "custom", path: ["key"], message: "is not the key of tls.certificate" });
    });
}

const sendsInHandMax = wholeNumber({ min: 1, max: 100_000 });

const sha256 = textScalar(
  (value) => (/^[0-9a-f]{64}$/.test(value) ? value : undefined),
  "the SHA-256 of a key: 64 of 0-9 and a-f (in quotes, if it is all digits)",
);

function apiKeysSchema(profileNames: readonly string[]) {
  const profile = choice(profileNames);
  const holder = z
    .strictObject({
      name,
      sha256,
      profiles: listOf(profile, { countMax: 1_000 }).exactOptional(),
      sendsInHandMax: sendsInHandMax.exactOptional(),
    })
    .transform(({ profiles, ...rest }) => ({
      ...rest,
      ...(profiles !== undefined && { profiles: new Set<string>(profiles) }),
    }));
  return listOf(holder, { countMin: 0, countMax: 1_000 }).superRefine((holders, context) => {
    for (const field of ["name", "sha256"] as const) {
      const seen = new Set<string>();
      holders.forEach((one, position) => {
        if (seen.has(one[field])) {
          context.addIssue({ code: "custom", path: [position, field], message: "is that of an earlier key" });
        }
        seen.add(one[field]);
      });
    }
  });
}
