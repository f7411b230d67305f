import { type Client, Code, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { afterEach, describe, expect, test } from "vitest";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { startService, type TestService } from "../support/service.ts";
import { http } from "./wire.ts";

const started: TestService[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()));
});

async function service(): Promise<TestService> {
  const service = await startService();
  started.push(service);
  return service;
}

const ways: [string, (service: TestService) => Client<typeof Health>][] = [
  [
    "gRPC",
    ({ ports }) => createClient(Health, createGrpcTransport({ baseUrl: `http://127.0.0.1:${ports.grpc}` })),
  ],
  [
    "gRPC on the HTTP port",
    ({ ports }) => createClient(Health, createGrpcTransport({ baseUrl: `http://127.0.0.1:${ports.http}` })),
  ],
  [
    "gRPC-Web",
    ({ ports }) =>
      createClient(
        Health,
        createGrpcWebTransport({ baseUrl: `http://127.0.0.1:${ports.http}`, httpVersion: "1.1" }),
      ),
  ],
  [
    "Connect",
    ({ ports }) =>
      createClient(
        Health,
        createConnectTransport({ baseUrl: `http://127.0.0.1:${ports.http}`, httpVersion: "1.1" }),
      ),
  ],
];

const names = ["", "grpc.health.v1.Health", "passcode.v1.PasscodeService"];

describe.each(ways)("over %s", (_, clientOf) => {
  test.each(names)("Check says that %j is serving", async (name) => {
    const health = clientOf(await service());
    expect(await health.check({ service: name })).toMatchObject({ status: ServingStatus.SERVING });
  });

  test("Check does not find a service there is not", async () => {
    const health = clientOf(await service());
    await expect(health.check({ service: "nothing" })).rejects.toMatchObject({ code: Code.NotFound });
  });

  test("List names every service", async () => {
    const health = clientOf(await service());
    const { statuses } = await health.list({});
    expect(Object.keys(statuses).sort()).toEqual(names);
    expect(Object.values(statuses)).toMatchObject(names.map(() => ({ status: ServingStatus.SERVING })));
  });

  test("Watch tells the status at once, its end when the server stops, and ends", async () => {
    const server = await service();
    const watch = clientOf(server).watch({})[Symbol.asyncIterator]();
    expect(await watch.next()).toMatchObject({ value: { status: ServingStatus.SERVING } });
    const stopped = server.stop();
    expect(await watch.next()).toMatchObject({ value: { status: ServingStatus.NOT_SERVING } });
    expect(await watch.next()).toMatchObject({ done: true });
    await stopped;
  });

  test("Watch tells that a service is unknown, and goes on until the server stops", async () => {
    const server = await service();
    const watch = clientOf(server).watch({ service: "nothing" })[Symbol.asyncIterator]();
    expect(await watch.next()).toMatchObject({ value: { status: ServingStatus.SERVICE_UNKNOWN } });
    const stopped = server.stop();
    expect(await watch.next()).toMatchObject({ value: { status: ServingStatus.SERVICE_UNKNOWN } });
    expect(await watch.next()).toMatchObject({ done: true });
    await stopped;
  });

  test("the server stops though somebody watched and left", async () => {
    const server = await service();
    const leaving = new AbortController();
    const watch = clientOf(server).watch({}, { signal: leaving.signal })[Symbol.asyncIterator]();
    await watch.next();
    leaving.abort();
    await expect(watch.next()).rejects.toMatchObject({ code: Code.Canceled });
    await server.stop();
  });

  test("a call in hand still hears that the server is not serving", async () => {
    const handed = Promise.withResolvers<void>();
    const accept = Promise.withResolvers<void>();
    const server = await startService(
      {},
      {
        beforeAccepted: () => {
          handed.resolve();
          return accept.promise;
        },
      },
    );
    const watch = clientOf(server).watch({})[Symbol.asyncIterator]();
    await watch.next();
    const sent = server.clients.connect.sendPasscode({
      destination: { case: "phoneNumber", value: "+41791234567" },
    });
    await handed.promise;
    const stopped = server.stop();
    expect(await watch.next()).toMatchObject({ value: { status: ServingStatus.NOT_SERVING } });
    accept.resolve();
    expect(await sent).toMatchObject({ sendsRemaining: 4 });
    await stopped;
  });
});

test("/healthz says that the server is serving", async () => {
  const { ports } = await service();
  expect(await http(ports.http, { verb: "GET", path: "/healthz" })).toMatchObject({
    status: 200,
    text: "SERVING\n",
  });
});

test("/healthz is for reading alone", async () => {
  const { ports } = await service();
  expect(await http(ports.http, { verb: "POST", path: "/healthz" })).toMatchObject({ status: 404 });
});
