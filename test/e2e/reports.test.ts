import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DeliveryFailure, DeliveryState, Status } from "../../gen/passcode/v1/session_pb.ts";
import type { Clock } from "../../src/clock.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../support/faulty-http-server.ts";
import { profileWith, routeBy, startService, type TestService } from "../support/service.ts";

/*
 * A company's own gateway, from the send to its reports: it takes the message over HTTP
 * and posts what became of it, signed, to the port for callbacks.
 */

const secret = randomBytes(32);
const publicUrl = "https://otp.example";

let gateway: FaultyHttpServer;
let service: TestService;
let nowMs = Date.UTC(2026, 10, 23, 12);
const clock: Clock = { nowMs: () => nowMs };

beforeAll(async () => {
  gateway = await startFaultyHttpServer();
  gateway.behave({ kind: "answer", status: 202, body: '{"id": "m-1"}' });
  service = await startService(
    {
      callbacks: { listen: { host: "127.0.0.1", port: 0 }, publicUrl },
      providers: new Map([
        [
          "gateway",
          {
            kind: "webhook",
            url: `${gateway.url}/messages`,
            secret: createSecretKey(secret),
            channels: ["sms"],
            timeoutMs: 2_000,
            connectTimeoutMs: 1_000,
          },
        ],
      ]),
      ...profileWith({ channels: new Map([["sms", routeBy("gateway")]]) }),
    },
    { clock },
  );
});
afterAll(async () => {
  await service.stop();
  await gateway.close();
});

let sessionId: string;
let code: string;
let reportUrl: URL;
let reference: string;
let numbers = 0;

beforeEach(async () => {
  numbers += 1;
  const destination = { case: "phoneNumber", value: `+4179200${String(1_000 + numbers)}` } as const;
  ({ sessionId } = await service.clients.grpc.sendPasscode({ destination }));
  const handed = JSON.parse(gateway.requests.at(-1)?.body ?? "{}") as Record<string, string>;
  code = /\d{6}/.exec(handed["text"] ?? "")?.[0] ?? "";
  reportUrl = new URL(handed["reportUrl"] ?? "");
  reference = handed["reference"] ?? "";
});

/** Signed as Standard Webhooks says: an HMAC over id, timestamp and body. */
function signed(body: string, { key = secret, atMs = nowMs } = {}): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1_000));
  const signature = createHmac("sha256", key).update(`report-1.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": "report-1", "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

async function post(
  body: string,
  headers: Record<string, string>,
  path = reportUrl.pathname,
): Promise<number> {
  const url = `http://127.0.0.1:${service.ports.callbacks}${path}`;
  const answer = await fetch(url, { method: "POST", body, headers });
  await answer.arrayBuffer();
  return answer.status;
}

function saying(state: "delivered" | "failed", rest: object = {}): string {
  return JSON.stringify({ reference, state, ...rest });
}

async function delivery() {
  const { session } = await service.clients.connect.getSession({ sessionId });
  return session?.deliveries[0];
}

test("a signed report is seen by the caller, with its provider and its time", async () => {
  expect(reportUrl.href).toBe(`${publicUrl}/reports/gateway/${reference}`);
  nowMs += 3_000;
  const body = saying("delivered");
  expect(await post(body, signed(body))).toBe(200);
  const reported = await delivery();
  expect(reported).toMatchObject({ provider: "gateway", state: DeliveryState.DELIVERED });
  expect(reported?.updateTime?.seconds).toBe(BigInt(Math.floor(nowMs / 1_000)));
});

test("a report of failure tells its class, and the code still is right", async () => {
  const body = saying("failed", { failure: "blocked" });
  expect(await post(body, signed(body))).toBe(200);
  expect(await delivery()).toMatchObject({ state: DeliveryState.FAILED, failure: DeliveryFailure.BLOCKED });
  const answer = await service.clients.grpc.verifyPasscode({ sessionId, code });
  expect(answer.status).toBe(Status.APPROVED);
});

test("reports out of order, and again and again, end in what is true", async () => {
  for (const body of [saying("failed"), saying("delivered"), saying("failed"), saying("delivered")]) {
    expect(await post(body, signed(body))).toBe(200);
  }
  expect((await delivery())?.state).toBe(DeliveryState.DELIVERED);
});

test("a forged report is refused: with another key, of another text, unsigned", async () => {
  const body = saying("delivered");
  expect(await post(body, signed(body, { key: randomBytes(32) }))).toBe(403);
  expect(await post(body, signed(saying("failed")))).toBe(403);
  expect(await post(body, {})).toBe(403);
  expect((await delivery())?.state).toBe(DeliveryState.ACCEPTED);
});

test("a truncated report is refused", async () => {
  const body = saying("delivered");
  expect(await post(body.slice(0, -1), signed(body))).toBe(403);
  const cut = body.slice(0, -1);
  expect(await post(cut, signed(cut))).toBe(403);
  expect((await delivery())?.state).toBe(DeliveryState.ACCEPTED);
});

test("a report replayed later is refused", async () => {
  const body = saying("delivered");
  const headers = signed(body);
  nowMs += 5 * 60_000 + 1_000;
  expect(await post(body, headers)).toBe(403);
  expect((await delivery())?.state).toBe(DeliveryState.ACCEPTED);
});

test("a report replayed at another message's URL is refused", async () => {
  const body = saying("delivered");
  const headers = signed(body);
  const other = await service.clients.grpc.sendPasscode({
    destination: { case: "phoneNumber", value: "+41792999999" },
  });
  const handed = JSON.parse(gateway.requests.at(-1)?.body ?? "{}") as Record<string, string>;
  expect(await post(body, headers, new URL(handed["reportUrl"] ?? "").pathname)).toBe(403);
  const { session } = await service.clients.grpc.getSession({ sessionId: other.sessionId });
  expect(session?.deliveries[0]?.state).toBe(DeliveryState.ACCEPTED);
});

test("no report makes a session approved, pending again, or other than it was", async () => {
  await service.clients.grpc.cancelSession({ sessionId });
  const before = await service.clients.grpc.getSession({ sessionId });
  for (const body of [saying("delivered"), saying("failed")]) await post(body, signed(body));
  const after = await service.clients.grpc.getSession({ sessionId });
  expect({ ...after.session, deliveries: [] }).toEqual({ ...before.session, deliveries: [] });
});

test("the log tells the report with its session, and no number or code", async () => {
  const body = saying("failed", { detail: "30003" });
  await post(body, signed(body));
  const line = service.logLines.findLast((line) => line.includes('"event":"report"')) ?? "";
  expect(JSON.parse(line)).toMatchObject({
    provider: "gateway",
    sessionId,
    delivery: "undelivered",
    detail: "30003",
  });
  const all = service.logLines.join("");
  expect(all).not.toContain(code);
  expect(all).not.toContain(String(1_000 + numbers));
});

test("the port for callbacks has no room for more than 1,000 connections, of which the silent give way, and none for HTTP/2", async () => {
  const { callbacks: port } = service.ports;
  const http2 = connectHttp2(`http://127.0.0.1:${port}`);
  await expect(once(http2, "remoteSettings")).rejects.toThrow();
  const connections = Array.from({ length: 1_000 }, () => connect(port, "127.0.0.1"));
  await Promise.all(connections.map((connection) => once(connection, "connect")));
  const gaveWay = Promise.race(connections.map((connection) => once(connection, "close")));
  const onTop = connect(port, "127.0.0.1");
  await gaveWay;
  onTop.destroy();
  expect((await service.clients.connect.getSession({ sessionId })).session?.sessionId).toBe(sessionId);
  for (const connection of connections) connection.destroy();
});

test("the port for callbacks serves no procedure", async () => {
  expect(await post("{}", {}, "/passcode.v1.PasscodeService/SendPasscode")).toBe(404);
});
