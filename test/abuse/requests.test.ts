import { create, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { describe, expect, test, vi } from "vitest";
import { ServerReflectionRequestSchema } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { VerifyPasscodeRequestSchema } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { tally } from "../proof/effort.ts";
import { patienceMs } from "../support/patience.ts";
import { attack, LoyalCaller, many, serve } from "./abused-service.ts";
import { Attacker, callHeaders, streamIds } from "./attacker.ts";
import { data, frame, frameTypes, grpcMessage, headers, initialWindowSize, uint32 } from "./frames.ts";

/** A call that is answered with what is wrong with it. */
const wrongCall = grpcMessage(
  toBinary(
    VerifyPasscodeRequestSchema,
    create(VerifyPasscodeRequestSchema, { sessionId: "none", code: "1" }),
  ),
);
const reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
/** Asks the reflection service for the file of a symbol, some ten thousand bytes. */
const askForSchema = grpcMessage(
  toBinary(
    ServerReflectionRequestSchema,
    create(ServerReflectionRequestSchema, {
      messageRequest: { case: "fileContainingSymbol", value: "passcode.v1.PasscodeService" },
    }),
  ),
);
const refusedStream = 0x7;
const cancel = 0x8;
const enhanceYourCalm = 0xb;

function whole(stream: number, body: Uint8Array = wrongCall): Buffer {
  return Buffer.concat([headers(stream, callHeaders()), data(stream, body, { end: true })]);
}

function endedWith(attacker: Attacker, code: number): number {
  return [...attacker.ended.values()].filter((ended) => ended === code).length;
}

describe.each(["grpc", "http"] as const)("the %s port", (port) => {
  test("answers two hundred requests that come in one burst", async () => {
    const service = await serve();
    const burst = await attack(service.ports[port]);
    const streams = streamIds(200);
    burst.write(...streams.map((stream) => whole(stream)));
    await service.servesOthers();
    await vi.waitUntil(() => burst.ended.size === streams.length);
    expect(endedWith(burst, 0)).toBe(streams.length);
    tally("abuse", { streams: streams.length });
  });

  test("refuses requests on top of what one connection may have open, as not begun", async () => {
    const service = await serve({ streamsMax: 20 });
    const greedy = await attack(service.ports[port]);
    await vi.waitUntil(() => greedy.count(frameTypes.settings) > 1);
    greedy.write(...streamIds(50).map((stream) => headers(stream, callHeaders())));
    await vi.waitUntil(() => endedWith(greedy, refusedStream) === 30);
    expect(service.open().requests).toBe(20);
    await service.servesOthers();
  });

  test("has no more requests open than its bound: the one that has been arriving longest gives way", async () => {
    const service = await serve({ requestsMax: 50 });
    const greedy = await many(10, () => Attacker.begin(service.ports[port]));
    const givenWay = () => greedy.reduce((sum, one) => sum + endedWith(one, enhanceYourCalm), 0);
    let opened = 0;
    let most = 0;
    for (const attacker of greedy) {
      attacker.write(...streamIds(20).map((stream) => headers(stream, callHeaders())));
      opened += 20;
      await vi.waitUntil(() => service.open().requests + givenWay() === opened);
      most = Math.max(most, service.open().requests);
    }
    expect(most).toBe(50);
    expect(greedy[0]?.ended.size).toBe(20);
    expect(greedy[9]?.ended.size).toBe(0);
    await service.servesOthers();
    tally("abuse", { streams: 200 });
  });

  test("closes requests that never end, and their connections serve on", async () => {
    const service = await serve({ patienceMs: 300 });
    const slow = await many(10, async () => {
      const attacker = await Attacker.begin(service.ports[port]);
      for (const stream of streamIds(20))
        attacker.write(headers(stream, callHeaders()), data(stream, wrongCall));
      return attacker;
    });
    await service.servesOthers();
    await vi.waitUntil(() => slow.every((one) => endedWith(one, cancel) === 20));
    expect(service.open().requests).toBe(0);
    for (const attacker of slow) attacker.write(whole(41));
    await vi.waitUntil(() => slow.every(({ ended }) => ended.get(41) === 0));
    tally("abuse", { streams: 200 });
  });

  test("closes a request that goes on byte by byte for ever, and one of moderate length is answered", async () => {
    const service = await serve({ patienceMs: 300 });
    const slow = await attack(service.ports[port]);
    slow.write(headers(1, callHeaders()));
    for (const byte of wrongCall) await slow.push(data(1, Buffer.from([byte])));
    slow.write(data(1, Buffer.alloc(0), { end: true }), headers(3, callHeaders()));
    slow.write(data(3, uint32(0)), data(3, Buffer.from([0x80])));
    while (!slow.ended.has(3)) {
      await slow.push(data(3, Buffer.from([0])));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(slow.ended.get(1)).toBe(0);
    await service.servesOthers();
  });

  test("ends a request whose body comes in too many pieces, long before it is whole", async () => {
    const service = await serve({ patienceMs: 5_000 });
    const crumbling = await attack(service.ports[port]);
    crumbling.write(headers(1, callHeaders()), data(1, grpcMessage(Buffer.alloc(60_000)).subarray(0, 5)));
    let pieces = 0;
    for (; !crumbling.ended.has(1); pieces++) {
      await crumbling.push(data(1, Buffer.alloc(1)));
      // One is read by itself before the next one comes, as far as that can be had.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(pieces).toBeLessThan(10_000);
    crumbling.write(...Array<Buffer>(500).fill(data(1, Buffer.alloc(1))));
    await vi.waitUntil(() => service.open().requests === 0);
    await service.servesOthers();
  });

  test("has others served by giving up answers that are not taken, once it has as many requests as it may", async () => {
    const service = await serve({ requestsMax: 40, patienceMs: 1_000_000 });
    const health = callHeaders("/grpc.health.v1.Health/List");
    const deaf = await many(2, async () => {
      const attacker = await Attacker.begin(service.ports[port], { with: [[initialWindowSize, 0]] });
      for (const stream of streamIds(20))
        attacker.write(headers(stream, health), data(stream, grpcMessage(Buffer.alloc(0)), { end: true }));
      return attacker;
    });
    await vi.waitUntil(() => deaf.every((one) => one.count(frameTypes.headers) === 20));
    expect(service.open().requests).toBe(40);
    const caller = new LoyalCaller(service.ports[port]);
    expect(await caller.call()).toBe(grpc.status.OK);
    caller.close();
    await vi.waitUntil(() => deaf.some((one) => endedWith(one, enhanceYourCalm) > 0));
  });

  test("hangs up on a caller who reads nothing at all, though he goes on sending", async () => {
    const service = await serve({ patienceMs: 1_000 });
    const deaf = await attack(service.ports[port], { with: [[initialWindowSize, 2 ** 31 - 1]] });
    deaf.socket.pause();
    const credit = (bytes: number) => frame(frameTypes.windowUpdate, uint32(bytes));
    // More than the systems on both sides keep for who does not read.
    const questions = Array<Buffer>(50).fill(askForSchema);
    deaf.write(credit(2 ** 30));
    for (const stream of streamIds(100))
      await deaf.push(
        headers(stream, callHeaders(reflection)),
        data(stream, Buffer.concat(questions), { end: true }),
      );
    const giveUpMs = performance.now() + patienceMs;
    while (service.open().requests > 0 && performance.now() < giveUpMs) {
      await deaf.push(credit(1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(service.open().requests).toBe(0);
    await service.servesOthers();
  });

  test("ends a request that comes in too many pieces where nobody reads on", async () => {
    const service = await serve({ patienceMs: 1_000_000 });
    const deaf = await attack(service.ports[port], { with: [[initialWindowSize, 0]] });
    deaf.write(headers(1, callHeaders(reflection)), data(1, Buffer.concat([askForSchema, askForSchema])));
    await vi.waitUntil(() => deaf.count(frameTypes.headers) === 1);
    for (let sent = 0; sent < 100 && !deaf.ended.has(1); sent++) {
      await deaf.push(...Array<Buffer>(100).fill(data(1, Buffer.alloc(1))));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitUntil(() => deaf.ended.has(1));
    expect(deaf.ended.get(1)).not.toBe(0);
    await service.servesOthers();
  });

  test("closes requests whose answers are not taken, and serves others meanwhile", async () => {
    const service = await serve({ patienceMs: 300 });
    const health = callHeaders("/grpc.health.v1.Health/List");
    const deaf = await many(10, async () => {
      const attacker = await Attacker.begin(service.ports[port], { with: [[initialWindowSize, 0]] });
      for (const stream of streamIds(20)) {
        attacker.write(headers(stream, health), data(stream, grpcMessage(Buffer.alloc(0)), { end: true }));
      }
      return attacker;
    });
    await vi.waitUntil(() => deaf.every((one) => one.count(frameTypes.headers) === 20));
    await service.servesOthers();
    await vi.waitUntil(() => deaf.every((one) => endedWith(one, cancel) === 20));
    expect(service.open().requests).toBe(0);
    tally("abuse", { streams: 200 });
  });
});
