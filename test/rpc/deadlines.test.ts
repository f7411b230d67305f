import { createSecretKey } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  PasscodeService,
  SendPasscodeRequestSchema,
  VerifyPasscodeRequestSchema,
} from "../../gen/passcode/v1/passcode_service_pb.ts";
import { DeliveryState } from "../../gen/passcode/v1/session_pb.ts";
import { type FaultySmtpServer, startFaultySmtpServer } from "../delivery/smtp/faulty-smtp-server.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../support/faulty-http-server.ts";
import {
  codeIn,
  profileWith,
  routeBy,
  startService,
  type TestService,
  wrongCode,
} from "../support/service.ts";
import { connectBody, transports } from "./wire.ts";

const phone = { destination: { case: "phoneNumber", value: "+41791234567" } } as const;
const mail = { destination: { case: "email", value: "someone@b.example" } } as const;

/** Enough for a call to reach the provider; the provider takes longer, however long it is. */
const soonMs = 400;

function soon() {
  return { deadline: new Date(Date.now() + soonMs) };
}

describe("while the provider has the message", () => {
  let service: TestService;
  let sessionId: string;
  let handed: PromiseWithResolvers<void>;
  let accept: PromiseWithResolvers<void>;

  /** The first send passes; the outbox keeps the second in its hands until `accept`. */
  beforeEach(async () => {
    handed = Promise.withResolvers();
    accept = Promise.withResolvers();
    service = await startService(
      {},
      {
        beforeAccepted: async () => {
          if (service.messages.length < 2) return;
          handed.resolve();
          await accept.promise;
        },
      },
    );
    ({ sessionId } = await service.clients.grpc.sendPasscode(phone));
  });

  afterEach(async () => {
    accept.resolve();
    await service.stop();
  });

  async function deliveryStates() {
    const { session } = await service.clients.grpc.getSession({ sessionId });
    return session?.deliveries.map(({ state }) => state);
  }

  /** The send is counted and its outcome is written down, whether anybody waits or not. */
  async function expectFinishedWithoutCaller() {
    expect(await deliveryStates()).toEqual([DeliveryState.ACCEPTED, DeliveryState.SENDING]);
    accept.resolve();
    await vi.waitFor(async () => {
      expect(await deliveryStates()).toEqual([DeliveryState.ACCEPTED, DeliveryState.ACCEPTED]);
    });
    const { sendsRemaining } = await service.clients.grpc.sendPasscode(phone);
    expect(sendsRemaining).toBe(2);
    expect(service.messages).toHaveLength(3);
  }

  test.each(transports)("a deadline that passes over %s ends the call, not the send", async (_, call) => {
    const reply = await call(service, "sendPasscode", { ...phone, sessionId }, soon());
    expect(reply.code).toBe("deadline_exceeded");
    await expectFinishedWithoutCaller();
  });

  test("the server itself tells a gRPC caller that the deadline has passed", async () => {
    expect(await grpcStatusWithTimeout(service, { ...phone, sessionId }, `${soonMs}m`)).toBe("4");
    await expectFinishedWithoutCaller();
  });

  test.each(["grpc", "connect"] as const)(
    "a caller over %s that leaves does not end the send",
    async (way) => {
      const leaving = new AbortController();
      const sent = service.clients[way].sendPasscode({ ...phone, sessionId }, { signal: leaving.signal });
      await handed.promise;
      leaving.abort();
      await expect(sent).rejects.toMatchObject({ code: Code.Canceled });
      await expectFinishedWithoutCaller();
    },
  );

  test.each(transports)("a request repeated over %s after its deadline gets the answer", async (_, call) => {
    const request = { ...phone, sessionId, requestId: "6f9619ff-8b86-4011-b42d-00c04fc964ff" };
    const reply = await call(service, "sendPasscode", request, soon());
    expect(reply.code).toBe("deadline_exceeded");
    accept.resolve();
    await vi.waitFor(async () => {
      const again = await call(service, "sendPasscode", request);
      expect(again).toMatchObject({ code: "ok", response: { sessionId, sendsRemaining: 3 } });
    });
    expect(service.messages).toHaveLength(2);
  });

  test("stop waits for a send whose caller has gone", async () => {
    const [, call] = transports[0] ?? [];
    await call?.(service, "sendPasscode", { ...phone, sessionId }, soon());
    const settled: string[] = [];
    const stopped = service.stop().then(() => settled.push("stopped"));
    settled.push("accepting");
    accept.resolve();
    await stopped;
    expect(settled).toEqual(["accepting", "stopped"]);
    expect(service.logLines.join("\n")).toContain('"delivery":"accepted"');
  });
});

test("a message is not handed over for a caller that has gone, and does not count", async () => {
  const service = await startService();
  const { sessionId } = await service.clients.grpc.sendPasscode(phone);
  const body = JSON.stringify({ phoneNumber: phone.destination.value, sessionId });
  const expired = { headers: { "connect-timeout-ms": "0" } };
  for (let times = 0; times < 6; times++) {
    expect(await connectBody(service, "sendPasscode", body, expired)).toMatchObject({
      code: "deadline_exceeded",
    });
  }
  await vi.waitFor(async () => {
    const { session } = await service.clients.grpc.getSession({ sessionId });
    expect(session?.deliveries).toMatchObject([{ state: DeliveryState.ACCEPTED }]);
  });
  expect(service.messages).toHaveLength(1);
  expect(await service.clients.grpc.sendPasscode(phone)).toMatchObject({ sendsRemaining: 3 });
  await service.stop();
});

describe("with a mail server that never answers", () => {
  let service: TestService;
  let server: FaultySmtpServer;

  beforeEach(async () => {
    server = await startFaultySmtpServer({ greeting: "silence" });
    const { port } = server;
    const account = { kind: "smtp", host: "127.0.0.1", port, security: "none" } as const;
    const limits = { timeoutMs: 1_200, connectionsMax: 5 };
    service = await startService({
      providers: new Map([["mail", { ...account, ...limits, from: "codes@acme.example" }]]),
      ...profileWith({ channels: new Map([["email", routeBy("mail")]]) }),
    });
  });

  afterEach(async () => {
    await service.stop();
    await server.stop();
  });

  test.each(transports)(
    "a deadline over %s passes first, and nothing counts once it is known that nothing left",
    async (_, call) => {
      const request = { ...mail, requestId: "6f9619ff-8b86-4011-b42d-00c04fc964ff" };
      const reply = await call(service, "sendPasscode", request, soon());
      expect(reply.code).toBe("deadline_exceeded");
      const under = await call(service, "sendPasscode", request);
      expect(under).toMatchObject({ code: "aborted", reason: "REQUEST_IN_PROGRESS" });
      await vi.waitFor(() => expect(service.logLines.join("")).toContain('"delivery":"unreachable"'));
      // Each of these waits for the mail server in vain, and the sends of a minute are five.
      for (let times = 0; times < 6; times++) {
        const again = await call(service, "sendPasscode", request);
        expect(again).toMatchObject({ reason: "DELIVERY_FAILED", metadata: { failure: "UNREACHABLE" } });
      }
    },
  );
});

describe("with a gateway that nobody can connect to before another", () => {
  let service: TestService;
  let backup: FaultyHttpServer;
  /** Takes connections, and never agrees on TLS. */
  const deaf = createServer(() => {});

  beforeEach(async () => {
    backup = await startFaultyHttpServer();
    backup.behave({ kind: "answer", status: 202, body: "{}" });
    await once(deaf.listen(0, "127.0.0.1"), "listening");
    const { port } = deaf.address() as AddressInfo;
    const gateway = (url: string) => ({
      kind: "webhook" as const,
      url,
      secret: createSecretKey(Buffer.alloc(32)),
      channels: ["sms"] as const,
      timeoutMs: 20_000,
      connectTimeoutMs: 20_000,
    });
    service = await startService({
      shutdown: { drainMs: 0 },
      providers: new Map([
        ["deaf", gateway(`https://127.0.0.1:${port}`)],
        ["backup", gateway(backup.url)],
      ]),
      ...profileWith({ channels: new Map([["sms", [...routeBy("deaf"), ...routeBy("backup")]]]) }),
    });
  });

  afterEach(async () => {
    await service.stop();
    deaf.close();
    await backup.close();
  });

  test.each(transports)("the other gets the message before the deadline over %s", async (_, call) => {
    const deadline = new Date(Date.now() + 2_000);
    const sent = await call(service, "sendPasscode", phone, { deadline });
    expect(sent).toMatchObject({ code: "ok", response: { sendsRemaining: 4 } });
    expect(backup.requests).toHaveLength(1);
  });
});

/** The status that the server sends by itself: this client keeps no deadline of its own. */
async function grpcStatusWithTimeout(
  { ports }: TestService,
  request: Parameters<typeof create<typeof SendPasscodeRequestSchema>>[1],
  timeout: string,
): Promise<unknown> {
  const message = toBinary(SendPasscodeRequestSchema, create(SendPasscodeRequestSchema, request));
  const session = connectHttp2(`http://127.0.0.1:${ports.grpc}`);
  const stream = session.request({
    ":method": "POST",
    ":path": `/${PasscodeService.typeName}/SendPasscode`,
    "content-type": "application/grpc",
    te: "trailers",
    "grpc-timeout": timeout,
  });
  const status = new Promise((resolve) => {
    stream.on("response", (headers) => headers["grpc-status"] && resolve(headers["grpc-status"]));
    stream.on("trailers", (trailers) => resolve(trailers["grpc-status"]));
  });
  stream.resume();
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
  try {
    return await status;
  } finally {
    session.destroy();
  }
}

describe.each(["grpc", "http"] as const)("by gRPC at the %s port", (port) => {
  /** Calls with a deadline that has passed, and waits until the call is over. */
  async function callTooLate(service: TestService, name: string, message: Uint8Array): Promise<void> {
    const caller = connectHttp2(`http://127.0.0.1:${service.ports[port]}`);
    const request = caller.request({
      ":method": "POST",
      ":path": `/${PasscodeService.typeName}/${name}`,
      "content-type": "application/grpc",
      "grpc-timeout": "1n",
      te: "trailers",
    });
    request.resume().end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
    await once(request, "close");
    caller.close();
  }

  test("a call whose time is over when it comes does nothing and counts nothing", async () => {
    const service = await startService();
    const send = toBinary(SendPasscodeRequestSchema, create(SendPasscodeRequestSchema, phone));
    for (let times = 0; times < 6; times++) await callTooLate(service, "SendPasscode", send);
    const { sessionId, sendsRemaining } = await service.clients.connect.sendPasscode(phone);
    expect(sendsRemaining).toBe(4);
    expect(service.messages).toHaveLength(1);

    const guess = { sessionId, code: wrongCode(codeIn(service.messages[0])) };
    const verify = toBinary(VerifyPasscodeRequestSchema, create(VerifyPasscodeRequestSchema, guess));
    for (let times = 0; times < 6; times++) await callTooLate(service, "VerifyPasscode", verify);
    const { session } = await service.clients.connect.getSession({ sessionId });
    expect(session).toMatchObject({ attemptCount: 0, attemptsRemaining: 5 });
    await service.stop();
  });
});
