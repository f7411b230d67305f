import { connect as connectHttp2 } from "node:http2";
import { create } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  ServerReflection,
  ServerReflectionResponseSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { systemClock } from "../../src/clock.ts";
import { createGrpcServer } from "../../src/rpc/grpc-server.ts";
import { startService, type TestService } from "../support/service.ts";

let service: TestService;
let client: grpc.Client;
beforeAll(async () => {
  service = await startService();
  client = new grpc.Client(`127.0.0.1:${service.ports.grpc}`, grpc.credentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await service.stop();
});

const asIs = (bytes: Buffer) => bytes;
const garbage = Buffer.from("ffffff", "hex");
const reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

function statusOf(call: grpc.ClientReadableStream<Buffer>): Promise<grpc.StatusObject> {
  call.on("error", () => {}).resume();
  return new Promise((resolve) => call.on("status", resolve));
}

describe("bytes that are no message, on a stream over gRPC", () => {
  test("end a server's stream with INVALID_ARGUMENT", async () => {
    const call = client.makeServerStreamRequest("/grpc.health.v1.Health/Watch", asIs, asIs, garbage);
    expect((await statusOf(call)).code).toBe(grpc.status.INVALID_ARGUMENT);
  });

  test("end a conversation with INVALID_ARGUMENT", async () => {
    const call = client.makeBidiStreamRequest(reflection, asIs, asIs);
    const status = statusOf(call);
    call.write(garbage);
    expect((await status).code).toBe(grpc.status.INVALID_ARGUMENT);
  });
});

test("a caller who does not read is written no more than the connection holds", async () => {
  const responsesMax = 500;
  let made = 0;
  async function* converse() {
    for (; made < responsesMax; made++) {
      yield create(ServerReflectionResponseSchema, { validHost: "x".repeat(100_000) });
    }
  }
  const { serverReflectionInfo: method } = ServerReflection.method;
  const server = createGrpcServer([{ kind: "bidiStreaming", method, converse }], systemClock);
  const port = await new Promise<number>((resolve) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, port) => resolve(port)),
  );
  const reader = connectHttp2(`http://127.0.0.1:${port}`);
  const headers = {
    ":method": "POST",
    ":path": reflection,
    "content-type": "application/grpc",
    te: "trailers",
  };
  reader.request(headers).on("error", () => {});

  // It rests when it has made none for a while, or has made them all.
  let rested = 0;
  await vi.waitUntil(
    ((last) => () => {
      rested = made > 0 && made === last ? rested + 1 : 0;
      last = made;
      return rested === 10;
    })(0),
    { interval: 20, timeout: 4_000 },
  );
  expect(made).toBeLessThan(responsesMax / 2);
  reader.destroy();
  server.forceShutdown();
});

test("a caller who reads is written everything, and nothing is left waiting on the call", async () => {
  const responsesMax = 200;
  async function* converse() {
    for (let made = 0; made < responsesMax; made++) {
      yield create(ServerReflectionResponseSchema, { validHost: "x".repeat(100_000) });
    }
  }
  const { serverReflectionInfo: method } = ServerReflection.method;
  const server = createGrpcServer([{ kind: "bidiStreaming", method, converse }], systemClock);
  const port = await new Promise<number>((resolve) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, port) => resolve(port)),
  );
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on("warning", warn);
  const reader = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const call = reader.makeBidiStreamRequest(reflection, asIs, asIs);
  let read = 0;
  for await (const _ of call) read++;
  process.off("warning", warn);
  reader.close();
  server.forceShutdown();
  expect(read).toBe(responsesMax);
  expect(warnings).toEqual([]);
});
