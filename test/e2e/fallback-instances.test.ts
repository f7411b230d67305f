import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { DeliveryFailure, DeliveryState } from "../../gen/passcode/v1/session_pb.ts";
import type { Config } from "../../src/config/config.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { systemRandom } from "../../src/random.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../support/faulty-http-server.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { profileWith, routeBy, startService, type TestService } from "../support/service.ts";

/*
 * Two instances behind one public URL, on one Redis: one sends a code, and the reports on
 * it come to the other.
 */

const secret = randomBytes(32);
const publicUrl = "https://otp.example";

let redis: RedisServer;
let gateway: FaultyHttpServer;
let sending: TestService;
let reported: TestService;

beforeAll(async () => {
  redis = await startRedis();
  gateway = await startFaultyHttpServer();
  gateway.behave({ kind: "answer", status: 202, body: '{"id": "m-1"}' });
  const config: Partial<Config> = {
    keys: embeddedConfig(systemRandom).keys,
    store: { kind: "redis", topology: { kind: "single", url: redis.url }, tls: false, timeoutMs: 5_000 },
    callbacks: { listen: { host: "127.0.0.1", port: 0 }, publicUrl },
    providers: new Map([
      [
        "gateway",
        {
          kind: "webhook",
          url: `${gateway.url}/messages`,
          secret: createSecretKey(secret),
          channels: ["sms", "voice"],
          timeoutMs: 5_000,
          connectTimeoutMs: 5_000,
        },
      ],
    ]),
    ...profileWith({
      channels: new Map([
        ["sms", routeBy("gateway")],
        ["voice", routeBy("gateway")],
      ]),
      fallback: { channels: ["sms", "voice"], afterMs: 2_000 },
    }),
  };
  sending = await startService(config);
  reported = await startService(config);
});
afterAll(async () => {
  await Promise.all([sending?.stop(), reported?.stop()]);
  await gateway?.close();
  await redis?.stop();
});

interface Handed {
  readonly channel: "sms" | "voice";
  readonly to: string;
  readonly reference: string;
  readonly reportUrl: string;
  readonly text?: string;
  readonly speech?: { readonly parts: readonly { readonly kind: string; readonly characters?: string }[] };
}

function handedTo(phoneNumber: string): Handed[] {
  const messages = gateway.requests.map(({ body }) => JSON.parse(body) as Handed);
  return messages.filter(({ to }) => to === phoneNumber);
}

function codeOf({ text, speech }: Handed): string | undefined {
  const said = speech?.parts.find(({ kind }) => kind === "code")?.characters;
  return said ?? /\d{6}/.exec(text ?? "")?.[0];
}

/** Posts a report to the instance that did not send the message. */
async function report(message: Handed | undefined, state: "delivered" | "failed"): Promise<number> {
  const body = JSON.stringify({ reference: message?.reference, state });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac("sha256", secret).update(`r-1.${timestamp}.${body}`).digest("base64");
  const path = new URL(message?.reportUrl ?? publicUrl).pathname;
  const answer = await fetch(`http://127.0.0.1:${reported.ports.callbacks}${path}`, {
    method: "POST",
    body,
    headers: { "webhook-id": "r-1", "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` },
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function sendTo(phoneNumber: string) {
  const { sessionId } = await sending.clients.grpc.sendPasscode({
    destination: { case: "phoneNumber", value: phoneNumber },
  });
  const deliveries = async (service: TestService) =>
    (await service.clients.connect.getSession({ sessionId })).session?.deliveries;
  return { sessionId, deliveries, sms: handedTo(phoneNumber)[0] };
}

/** What the sending instance decided when it had waited long enough. */
async function decided(sessionId: string): Promise<unknown> {
  return await vi.waitFor(() => {
    const line = sending.logLines.find(
      (line) => line.includes('"event":"fallback"') && line.includes(sessionId),
    );
    expect(line).toBeDefined();
    return (JSON.parse(line ?? "{}") as { detail?: unknown }).detail;
  });
}

test("an SMS that the other instance was told has arrived is followed by no call", async () => {
  const phoneNumber = "+41791000001";
  const { sessionId, deliveries, sms } = await sendTo(phoneNumber);
  expect(await report(sms, "delivered")).toBe(200);
  expect(await decided(sessionId)).toBe("notNeeded");
  expect(handedTo(phoneNumber)).toHaveLength(1);
  expect(await deliveries(sending)).toMatchObject([{ state: DeliveryState.DELIVERED }]);
});

test("an SMS that the other instance was told has failed is followed by a call, one, with the same code", async () => {
  const phoneNumber = "+41791000002";
  const { sessionId, deliveries, sms } = await sendTo(phoneNumber);
  expect(await report(sms, "failed")).toBe(200);
  expect(await decided(sessionId)).toBe("send");
  await vi.waitFor(async () => {
    expect(await deliveries(reported)).toMatchObject([
      { state: DeliveryState.FAILED, failure: DeliveryFailure.UNDELIVERED },
      { state: DeliveryState.ACCEPTED },
    ]);
  });
  const [first, second, ...more] = handedTo(phoneNumber);
  expect([first?.channel, second?.channel, more.length]).toEqual(["sms", "voice", 0]);
  expect(second && codeOf(second)).toBe(first && codeOf(first));
});

test("an SMS that was sent again by the other instance is followed by no call of the first", async () => {
  const phoneNumber = "+41791000003";
  const { sessionId, deliveries } = await sendTo(phoneNumber);
  const destination = { case: "phoneNumber", value: phoneNumber } as const;
  await reported.clients.grpc.sendPasscode({ destination, sessionId });
  const [, again] = handedTo(phoneNumber);
  expect(await report(again, "delivered")).toBe(200);
  expect(await decided(sessionId)).toBe("notNeeded");
  expect(handedTo(phoneNumber)).toHaveLength(2);
  expect(await deliveries(sending)).toHaveLength(2);
});
