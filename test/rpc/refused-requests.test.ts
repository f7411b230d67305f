import { once } from "node:events";
import { connect as connectHttp2, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { newApiKey } from "../../src/config/api-key.ts";
import { systemRandom } from "../../src/random.ts";
import { PortLog } from "../../src/rpc/port-log.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { startService, type TestService } from "../support/service.ts";
import { http } from "./wire.ts";

const path = `/${PasscodeService.typeName}/GetSession`;
const ports = ["grpc", "http"] as const;

function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** GetSessionRequest: field 1, a session id of 44 letters. */
const message = framed(Buffer.concat([Buffer.from([0x0a, 44]), Buffer.alloc(44, "A")]));

/** The status of a gRPC call, as HTTP/2 has it; undefined if it is none. `body` undefined: it never comes. */
async function grpcStatus(port: number, headers: OutgoingHttpHeaders, body?: Uint8Array) {
  const caller = connectHttp2(`http://127.0.0.1:${port}`).on("error", () => {});
  const all = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  const request = caller.request({ ...all, ...headers }).on("error", () => {});
  let told: IncomingHttpHeaders = {};
  for (const event of ["response", "trailers"]) {
    request.on(event, (some: IncomingHttpHeaders) => {
      told = { ...told, ...some };
    });
  }
  request.resume();
  if (body !== undefined) request.end(body);
  await once(request, "end");
  caller.destroy();
  const code = told["grpc-status"];
  return code === undefined ? undefined : Number(code);
}

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

function linesOf({ logLines }: TestService): Line[] {
  return logLines.map((line) => JSON.parse(line) as Line);
}

describe.each(ports)("what the %s port refuses by itself", (protocol) => {
  let service: TestService;
  // Of its own, since lines of one kind are soon counted instead.
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(() => service.stop());

  const canary = "canary4711";
  test.each<[what: string, headers: OutgoingHttpHeaders, body: Uint8Array, status: number | undefined]>([
    ["an unknown method", { ":path": `${path}${canary}` }, message, 12],
    ["an unknown service", { ":path": `/${canary}/Call` }, message, 12],
    ["another content type", { "content-type": `text/${canary}` }, message, undefined],
    ["gRPC in JSON", { "content-type": "application/grpc+json" }, message, undefined],
    ["two messages in one call", {}, Buffer.concat([message, message]), 12],
    ["no message", {}, Buffer.alloc(0), 12],
    ["a message that is cut off", {}, message.subarray(0, 20), 12],
    ["a message whose head is cut off", {}, message.subarray(0, 3), 12],
    ["a timeout that is none", { "grpc-timeout": canary }, message, 3],
    ["a timeout of nine digits", { "grpc-timeout": "123456789S" }, message, 3],
    ["a compressed message", { "grpc-encoding": "gzip" }, message, 12],
    ["a message of 70 kB", {}, framed(Buffer.alloc(70_000)), 8],
  ])("%s is told alike, and leaves one line with the caller's address", async (_, headers, body, status) => {
    expect(await grpcStatus(service.ports[protocol], headers, body)).toBe(status);
    await vi.waitFor(() => expect(linesOf(service)).not.toEqual([]));
    const [line, ...more] = linesOf(service);
    expect(line).toMatchObject({ level: "warn", event: "request refused", protocol, peer: "127.0.0.1" });
    expect(line?.["detail"]).toMatch(/\w/);
    expect(more).toEqual([]);
    expect(service.logLines.join("")).not.toContain(canary);
  });

  test.each(["1000H", "99999999H", "99999999S"])(
    "a deadline %s from now is none to end a call",
    async (timeout) => {
      expect(await grpcStatus(service.ports[protocol], { "grpc-timeout": timeout }, message)).toBe(5);
    },
  );
});

describe.each(ports)("without a key, the %s port", (protocol) => {
  let service: TestService;
  beforeAll(async () => {
    const { sha256 } = newApiKey(systemRandom);
    service = await startService({ apiKeys: [{ name: "shop", sha256 }] });
  });
  afterAll(() => service.stop());

  test("answers before the message has come, and logs the caller's address and no key", async () => {
    const headers = { authorization: "Bearer not-a-key-of-this-service" };
    expect(await grpcStatus(service.ports[protocol], headers)).toBe(16);
    await vi.waitFor(() => expect(linesOf(service)).not.toEqual([]));
    expect(linesOf(service)).toMatchObject([
      { event: "request refused", detail: "CREDENTIALS_INVALID", protocol, peer: "127.0.0.1" },
    ]);
    expect(service.logLines.join("")).not.toContain("not-a-key");
  });
});

test("without a key, Connect is answered before the message has come", async () => {
  const { sha256 } = newApiKey(systemRandom);
  const service = await startService({ apiKeys: [{ name: "shop", sha256 }] });
  const caller = connect(service.ports.http, "127.0.0.1");
  caller.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{`,
  );
  expect(String((await once(caller, "data"))[0])).toContain("HTTP/1.1 401 ");
  caller.destroy();
  await service.stop();
});

describe("a flood of one kind", () => {
  test("is a few lines and a sum, whose kinds do not hide each other", () => {
    const lines: Line[] = [];
    const log = createLog("info", { write: (line) => lines.push(JSON.parse(line) as Line) });
    const portLog = new PortLog(log, "http");
    for (let number = 0; number < 1_000; number++) portLog.refused("not found", "192.0.2.7");
    portLog.closed("it gave way to a new connection", "192.0.2.8");
    for (let look = 0; look < 10; look++) portLog.look();
    portLog.refused("not found", "192.0.2.9");
    expect(lines.map(({ event, peer, count }) => ({ event, peer, count }))).toEqual([
      ...Array(5).fill({ event: "request refused", peer: "192.0.2.7" }),
      { event: "hung up", peer: "192.0.2.8" },
      { event: "request refused", count: 995 },
      { event: "request refused", peer: "192.0.2.9" },
    ]);
  });
});

describe("a web page", () => {
  let open: TestService;
  let keyed: TestService;
  beforeAll(async () => {
    open = await startService();
    const { sha256 } = newApiKey(systemRandom);
    keyed = await startService({ apiKeys: [{ name: "shop", sha256 }] });
  });
  afterAll(() => Promise.all([open.stop(), keyed.stop()]));

  const health = async (service: TestService, headers: Record<string, string>) =>
    (await http(service.ports.http, { verb: "GET", path: "/healthz", headers })).status;

  test.each<[string, Record<string, string>]>([
    ["whose name was made to resolve to this machine", { host: "attacker.example" }],
    ["whose name was made to resolve to this machine, with a port", { host: "attacker.example:8080" }],
    ["whose name begins like this machine's", { host: "localhost.attacker.example" }],
    ["of elsewhere that asks for this machine", { host: "localhost", origin: "https://attacker.example" }],
    ["in a frame without an origin", { host: "localhost", origin: "null" }],
  ])("%s is refused by a service without keys", async (_, headers) => {
    expect(await health(open, headers)).toBe(403);
    const answer = await http(open.ports.http, {
      verb: "POST",
      path: `/${PasscodeService.typeName}/SendPasscode`,
      headers: { "content-type": "application/json", ...headers },
      body: '{"phoneNumber": "+41791234567"}',
    });
    expect(answer.status).toBe(403);
    expect(open.messages).toEqual([]);
  });

  test("is refused by HTTP/2 and gRPC alike", async () => {
    expect(await grpcStatus(open.ports.http, { ":authority": "attacker.example" }, message)).toBe(7);
    expect(await grpcStatus(open.ports.http, { origin: "https://attacker.example" }, message)).toBe(7);
    expect(await grpcStatus(open.ports.http, { ":authority": "localhost:1" }, message)).toBe(5);
  });

  test.each(["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]", "[::1]:8080"])(
    "and everybody else reaches %s",
    async (host) => {
      expect(await health(open, { host })).toBe(200);
      expect(await health(open, { host, origin: "http://localhost:3000" })).toBe(200);
    },
  );

  test("is told apart by its key where there are keys", async () => {
    expect(await health(keyed, { host: "passcode.internal" })).toBe(200);
  });
});

test("no answer is to be kept", async () => {
  const service = await startService();
  const paths = ["/healthz", "/nothing", `${path}?encoding=json&message={}&connect=v1`];
  for (const at of paths) {
    const { headers } = await http(service.ports.http, { verb: "GET", path: at });
    expect(headers["cache-control"]).toBe("no-store");
  }
  await service.stop();
});
