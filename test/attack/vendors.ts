import { createSecretKey, generateKeyPairSync, randomBytes } from "node:crypto";
import type { Config, ProviderSettings } from "../../src/config/config.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import type { Channel } from "../../src/ledger/channel.ts";
import type { Profile } from "../../src/passcode/profile.ts";
import { systemRandom } from "../../src/random.ts";
import { topicArn } from "../delivery/aws/sns-signer.ts";
import { type Answer, type RecordingServer, startRecordingServer } from "../e2e/recording-server.ts";
import type { SeenRequest } from "../support/faulty-http-server.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { type PasscodeClient, routeBy, startService, type TestService } from "../support/service.ts";

/** Where vendors believe the service to be. */
export const publicUrl = "https://otp.example";

/** What the vendors and the service know of each other. */
export const accounts = {
  twilio: { accountSid: `AC${"0123456789abcdef".repeat(2)}`, authToken: randomBytes(16).toString("hex") },
  vonage: { applicationId: "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", secret: randomBytes(16).toString("hex") },
  sendgrid: generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  gateway: randomBytes(32),
};
const vonageKey = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;

/** The channels of each vendor. Its profile has its name. */
const offers = {
  twilio: ["sms", "voice"],
  vonage: ["sms", "voice"],
  aws: ["sms", "voice"],
  ses: ["email"],
  sendgrid: ["email"],
  gateway: ["sms", "voice", "email"],
} as const satisfies Record<string, readonly Channel[]>;

export type VendorName = keyof typeof offers;
/** The cast says what Object.keys is known to answer here. */
export const vendorNames = Object.keys(offers) as VendorName[];

/** Those that can have a call ask for a key. */
export const askingForKeys: readonly VendorName[] = ["twilio", "vonage"];

/**
 * A service with an account at every vendor that posts reports, each in a profile of its
 * own, and one server that plays them all and takes every message. With Redis there are
 * two instances.
 */
export class ServiceAtVendors {
  readonly instances: readonly TestService[];
  readonly vendors: RecordingServer;
  readonly #redis: RedisServer | undefined;

  static async start(
    store: "memory" | "Redis",
    {
      profile = {},
      answer = acceptance,
    }: { profile?: Partial<Profile>; answer?: (request: SeenRequest) => Answer } = {},
  ): Promise<ServiceAtVendors> {
    const redis = store === "Redis" ? await startRedis() : undefined;
    const vendors = await startRecordingServer(async (request) => answer(request));
    const config: Partial<Config> = {
      keys: embeddedConfig(systemRandom).keys,
      callbacks: { listen: { host: "127.0.0.1", port: 0 }, publicUrl },
      providers: providersAt(vendors.url),
      profiles: profilesWith(profile),
      ...(redis && {
        store: { kind: "redis", topology: { kind: "single", url: redis.url }, tls: false, timeoutMs: 5_000 },
      }),
    };
    const instances = [await startService(config)];
    if (redis !== undefined) instances.push(await startService(config));
    return new ServiceAtVendors(instances, vendors, redis);
  }

  private constructor(
    instances: readonly TestService[],
    vendors: RecordingServer,
    redis: RedisServer | undefined,
  ) {
    this.instances = instances;
    this.vendors = vendors;
    this.#redis = redis;
  }

  /** The instance that calls go to. */
  get client(): PasscodeClient {
    return this.#first.clients.grpc;
  }

  /** The instance that vendors come to: with Redis, another one. */
  get reported(): TestService {
    return this.instances.at(-1) ?? this.#first;
  }

  get #first(): TestService {
    const [first] = this.instances;
    if (first === undefined) throw new Error("there is an instance");
    return first;
  }

  async end(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop()));
    await this.vendors.close();
    await this.#redis?.stop();
  }
}

function providersAt(url: string): ReadonlyMap<string, ProviderSettings> {
  const http = { baseUrl: url, timeoutMs: 5_000, connectTimeoutMs: 5_000 };
  const { accountSid, authToken } = accounts.twilio;
  const { applicationId, secret } = accounts.vonage;
  const fromByCountry = new Map<string, string>();
  const credentials = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: randomBytes(20).toString("hex"),
  };
  const amazon = { ...http, region: "eu-central-1", credentials, reportTopicArn: topicArn };
  const sender = { sms: { from: "Acme", fromByCountry } };
  return new Map<VendorName, ProviderSettings>([
    ["twilio", { kind: "twilio", ...http, accountSid, authToken, ...sender, voiceFrom: "+15005550007" }],
    [
      "vonage",
      {
        kind: "vonage",
        ...http,
        ...sender,
        applicationId,
        privateKey: vonageKey,
        signatureSecret: createSecretKey(Buffer.from(secret)),
        voiceFrom: "447700900001",
        voiceBaseUrl: url,
      },
    ],
    ["aws", { kind: "aws-messaging", ...amazon, fromByCountry, voiceFrom: "+41446681800" }],
    ["ses", { kind: "aws-ses", ...amazon, from: "codes@acme.example" }],
    [
      "sendgrid",
      {
        kind: "sendgrid",
        ...http,
        apiKey: "SG.an-id.a-secret",
        from: "codes@acme.example",
        verificationKey: accounts.sendgrid.publicKey,
      },
    ],
    [
      "gateway",
      {
        kind: "webhook",
        url: `${url}/gateway`,
        secret: createSecretKey(accounts.gateway),
        channels: offers.gateway,
        timeoutMs: 5_000,
        connectTimeoutMs: 5_000,
      },
    ],
  ]);
}

function profilesWith(changes: Partial<Profile>): ReadonlyMap<string, Profile> {
  const embedded = embeddedConfig(systemRandom).profiles.get("default");
  if (embedded === undefined) throw new Error("the embedded configuration has a default profile");
  return new Map(
    vendorNames.map((name) => {
      const channels = new Map(offers[name].map((channel) => [channel, routeBy(name)] as const));
      const keyPress = askingForKeys.includes(name);
      return [name, { ...embedded, channels, keyPress, ...changes, name }];
    }),
  );
}

/** As each vendor says that it has taken a message. */
export function acceptance({ url }: SeenRequest): Answer {
  const id = "63f61863-4a51-4f6b-86e1-46edebcf9356";
  const json = (status: number, body: object) => ({
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (url.endsWith("/Messages.json")) return json(201, { sid: `SM${"a".repeat(32)}`, status: "queued" });
  if (url.endsWith("/Calls.json")) return json(201, { sid: `CA${"b".repeat(32)}`, status: "queued" });
  if (url.startsWith("/v1/messages")) return json(202, { message_uuid: id });
  if (url.startsWith("/v1/calls")) return json(201, { uuid: id, status: "started", direction: "outbound" });
  if (url === "/gateway" || url === "/v3/mail/send") return { status: 202 };
  return json(200, { MessageId: id });
}
