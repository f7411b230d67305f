import type { Route } from "../delivery/route.ts";
import { channels } from "../ledger/channel.ts";
import { defaultNumberKinds } from "../ledger/destination.ts";
import { defaultPolicy } from "../ledger/policy.ts";
import { builtInTemplates } from "../message/templates.ts";
import type { Random } from "../random.ts";
import { sendsInHandDefault } from "./api-key.ts";
import type { Config } from "./config.ts";
import { newKeys } from "./key-schema.ts";
import { defaultListen } from "./listen-schema.ts";
import { memoryDefaults } from "./store-schema.ts";

const outboxAlone: Route = [{ providers: [{ name: "outbox", weight: 1 }] }];

/** What runs without a configuration file: everything inside the process, for development. */
export function embeddedConfig(random: Random): Config {
  return {
    development: true,
    listen: defaultListen,
    apiKeys: [],
    sendsInHandMax: sendsInHandDefault,
    keys: newKeys(random),
    store: memoryDefaults,
    providers: new Map([["outbox", { kind: "outbox" }]]),
    profiles: new Map([
      [
        "default",
        {
          name: "default",
          brand: "Passcode",
          locale: "en",
          branding: {},
          templates: builtInTemplates,
          variables: new Map(),
          channels: new Map(channels.map((channel) => [channel, outboxAlone])),
          afterNoAnswer: "stop",
          keyPress: false,
          smsSegmentsMax: 4,
          isTest: false,
          policies: { base: defaultPolicy, named: new Map() },
          numbers: { allowKinds: new Set(defaultNumberKinds), denyCountries: new Set() },
          autofill: { webHosts: new Set(), androidHashes: new Set() },
        },
      ],
    ]),
    log: { level: "info" },
    shutdown: { drainMs: 30_000 },
  };
}
