import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { AwsMessagingProvider } from "../../../src/delivery/aws/messaging.ts";
import { SdkTransport } from "../../../src/delivery/aws/sdk-transport.ts";
import type { SmsMessage } from "../../../src/delivery/provider.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import { handover, messagingSettings } from "./account.ts";

const sms: SmsMessage = {
  channel: "sms",
  locale: "en",
  to: "+41791234567",
  text: "493817",
  validForMs: 60_000,
};

/** AWS, and what hands out credentials on machines of AWS. */
let aws: FaultyHttpServer;
let issuer: FaultyHttpServer;

beforeEach(async () => {
  aws = await startFaultyHttpServer();
  aws.behave({ kind: "answer", status: 200, body: '{"MessageId":"1"}' });
  issuer = await startFaultyHttpServer();
  for (const name of Object.keys(process.env).filter((name) => name.startsWith("AWS_"))) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
  vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await aws.close();
  await issuer.close();
});

const patient = { withinMs: 60_000, connectWithinMs: 60_000, timeoutMs: 60_000 };

async function send(bounds: Partial<typeof patient> = {}) {
  const { timeoutMs, ...handoverBounds } = { ...patient, ...bounds };
  const { credentials: _, ...settings } = messagingSettings;
  const provider = new AwsMessagingProvider({ ...settings, timeoutMs, baseUrl: aws.url }, systemClock);
  try {
    return await provider.send(sms, { ...handover, ...handoverBounds });
  } finally {
    await provider.close();
  }
}

test("the SDK finds them where AWS puts them", async () => {
  vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${issuer.url}/credentials`);
  const issued = {
    AccessKeyId: "ASIA1",
    SecretAccessKey: "s",
    Token: "t",
    Expiration: "2999-01-01T00:00:00Z",
  };
  issuer.behave({ kind: "answer", status: 200, body: JSON.stringify(issued) });

  expect(await send()).toEqual({ kind: "accepted", providerMessageId: "1" });
  expect(aws.requests[0]?.headers["authorization"]).toContain("Credential=ASIA1/");
});

test("an account without any is refused, and AWS not asked", async () => {
  expect(await send()).toEqual({ kind: "accountRefused", detail: "credentials" });
  expect(aws.requests).toEqual([]);
});

test.each([
  ["the attempt may take", { withinMs: 300 }],
  ["it may take to get through", { connectWithinMs: 300 }],
  ["the account's settings say", { timeoutMs: 300 }],
])("they are not waited for longer than %s", async (_, bounds) => {
  vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${issuer.url}/credentials`);
  issuer.behave({ kind: "silence" });

  expect(await send(bounds)).toEqual({ kind: "unreachable", detail: "no credentials in time" });
  expect(aws.requests).toEqual([]);
});

test("a message that was given up does not leave when they come after all", async () => {
  const transport = new SdkTransport(
    { timeoutMs: 300, connectTimeoutMs: 300 },
    // For this clock all of the time is left, so that nothing but the giving up holds the message back.
    { nowMs: () => 0 },
    new Map(),
  );
  const { hostname, port } = new URL(aws.url);
  const come = Promise.withResolvers<void>();
  let ended: Promise<unknown> | undefined;
  const outcome = await transport.send((options) => {
    const request = { protocol: "http:", hostname, port: Number(port), path: "/", headers: {}, body: "{}" };
    const handled = come.promise.then(() => transport.requestHandler.handle(request, options));
    ended = handled.catch((error: unknown) => error);
    return handled.then(() => ({ MessageId: "1" }));
  }, handover);
  come.resolve();

  expect(outcome).toMatchObject({ kind: "unreachable" });
  expect(await ended).toBeInstanceOf(Error);
  expect(aws.requests).toEqual([]);
  await transport.close();
});
