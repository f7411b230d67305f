import { deflateSync, gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { describe, expect, test, vi } from "vitest";
import { VerifyPasscodeRequestSchema } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { tally } from "../proof/effort.ts";
import { http } from "../rpc/wire.ts";
import { attack, LoyalCaller, many, patience, serve } from "./abused-service.ts";
import { Attacker, callHeaders, streamIds, verify } from "./attacker.ts";
import {
  data,
  endHeaders,
  frame,
  frameTypes,
  grpcMessage,
  headerBlock,
  headers,
  initialWindowSize,
  uint32,
} from "./frames.ts";

vi.setConfig({ testTimeout: 60_000 });

/** A call that is answered with what is wrong with it. */
const wrongCall = grpcMessage(
  toBinary(
    VerifyPasscodeRequestSchema,
    create(VerifyPasscodeRequestSchema, { sessionId: "none", code: "1" }),
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
    await vi.waitUntil(() => burst.ended.size === streams.length, patience);
    expect(endedWith(burst, 0)).toBe(streams.length);
    tally("abuse", { streams: streams.length });
  });

  test("refuses requests on top of what one connection may have open, as not begun", async () => {
    const service = await serve({ streamsMax: 20 });
    const greedy = await attack(service.ports[port]);
    await vi.waitUntil(() => greedy.count(frameTypes.settings) > 1, patience);
    greedy.write(...streamIds(50).map((stream) => headers(stream, callHeaders())));
    await vi.waitUntil(() => endedWith(greedy, refusedStream) === 30, patience);
    expect(service.open().requests).toBe(20);
    await service.servesOthers();
  });

  test("has no more requests open than its bound: the one that has been arriving longest gives way", async () => {
    const service = await serve({ requestsMax: 50 });
    const greedy = await many(10, () => Attacker.begin(service.ports[port]));
    let most = 0;
    for (const attacker of greedy) {
      const before = [...greedy].reduce((sum, { ended }) => sum + ended.size, 0);
      attacker.write(...streamIds(20).map((stream) => headers(stream, callHeaders())));
      await vi.waitUntil(
        () =>
          service.open().requests === 50 ||
          greedy.reduce((sum, { ended }) => sum + ended.size, 0) > before ||
          attacker === greedy[0] ||
          attacker === greedy[1],
        patience,
      );
      most = Math.max(most, service.open().requests);
    }
    await service.servesOthers();
    await vi.waitUntil(
      () => greedy.reduce((sum, one) => sum + endedWith(one, enhanceYourCalm), 0) >= 150,
      patience,
    );
    expect(most).toBeLessThanOrEqual(50);
    expect(greedy[0]?.ended.size).toBe(20);
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
    await vi.waitUntil(() => slow.every((one) => endedWith(one, cancel) === 20), patience);
    expect(service.open().requests).toBe(0);
    for (const attacker of slow) attacker.write(whole(41));
    await vi.waitUntil(() => slow.every(({ ended }) => ended.get(41) === 0), patience);
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
    await vi.waitUntil(() => service.open().requests === 0, patience);
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
    await vi.waitUntil(() => deaf.every((one) => one.count(frameTypes.headers) === 20), patience);
    await service.servesOthers();
    await vi.waitUntil(() => deaf.every((one) => endedWith(one, cancel) === 20), patience);
    expect(service.open().requests).toBe(0);
    tally("abuse", { streams: 200 });
  });

  test("closes a request that it has refused for its size before it has waited for the rest", async () => {
    const service = await serve({ patienceMs: 3_000 });
    const huge = await attack(service.ports[port]);
    huge.write(headers(1, callHeaders()), headers(3, callHeaders()));
    huge.write(data(3, Buffer.concat([Buffer.from([0]), uint32(1 << 30)])));
    for (let piece = 0; piece < 4; piece++) await huge.push(data(3, Buffer.alloc(16_000)));
    // No more than it is asked for: a caller with bad manners would be hung up on.
    await vi.waitUntil(() => huge.ended.has(3) || huge.count(frameTypes.windowUpdate) >= 2, patience);
    const more = Array<Buffer>(100).fill(data(3, Buffer.alloc(1)));
    if (!huge.ended.has(3)) await huge.push(data(3, Buffer.alloc(16_000)), ...more);
    await vi.waitUntil(() => huge.ended.has(3), patience);
    expect(huge.ended.get(3)).toBe(0);
    await vi.waitUntil(() => service.open().requests === 1, patience);
    expect(huge.ended.has(1)).toBe(false);
    await service.servesOthers();
  });

  test.each<[what: string, fields: Record<string, string>]>([
    ["many", Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x-${index}`, "a"]))],
    ["large", { "x-large": "a".repeat(17_000) }],
    [
      "large by their number",
      Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-${index}`, "a".repeat(160)])),
    ],
  ])("refuses a request whose headers are too %s, and serves on", async (_, fields) => {
    const service = await serve({ patienceMs: 1_000_000 });
    // Node itself keeps to the bounds of those alone who have confirmed that they know them.
    for (const confirms of [true, false]) {
      const flood = await attack(service.ports[port]);
      await vi.waitUntil(() => flood.count(frameTypes.settings) > 1, patience);
      if (confirms) flood.write(frame(frameTypes.settings, Buffer.alloc(0), { flags: 1 }));
      flood.write(...splitHeaders(1, { ...callHeaders(), ...fields }));
      await vi.waitUntil(() => flood.ended.has(1) || flood.closed, patience);
      expect(flood.ended.get(1)).not.toBe(0);
    }
    expect(service.open().requests).toBe(0);
    await service.servesOthers();
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
  ])("refuses requests compressed by %s unread, a thousand bombs included", async (encoding, compress) => {
    const service = await serve();
    const bomb = compress(Buffer.alloc(10 * 1024 * 1024));
    const small = compress(Buffer.alloc(0));
    const fields = { ...callHeaders(), "grpc-encoding": encoding };
    const attacker = await attack(service.ports[port]);
    const streams = streamIds(100);
    for (const stream of streams) {
      const body =
        stream === 1 ? grpcMessage(bomb, true) : Buffer.concat(Array(10).fill(grpcMessage(small, true)));
      attacker.write(headers(stream, fields), data(stream, body.subarray(0, 600), { end: true }));
    }
    await vi.waitUntil(() => attacker.ended.size === streams.length, patience);
    expect(service.open().requests).toBe(0);
    await service.servesOthers();
    tally("abuse", { streams: streams.length, bytes: 100 * 10 * 1024 * 1024 });
  });
});

/** The headers in frames of 16,000 bytes. */
function splitHeaders(stream: number, fields: Record<string, string>): Buffer[] {
  const block = headerBlock(Object.entries(fields));
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += 16_000) {
    const type = at === 0 ? frameTypes.headers : frameTypes.continuation;
    const flags = at + 16_000 >= block.length ? endHeaders : 0;
    frames.push(frame(type, block.subarray(at, at + 16_000), { flags, stream }));
  }
  return frames;
}

test("compressed requests are told so, and why", async () => {
  const service = await serve();
  for (const port of Object.values(service.ports)) {
    const caller = new LoyalCaller(port, { "grpc.default_compression_algorithm": 2 });
    expect(await caller.call()).toBe(grpc.status.UNIMPLEMENTED);
    caller.close();
  }
});

describe("HTTP/1.1", () => {
  test.each([
    [
      "a body of a gigabyte",
      { "content-type": "application/json", "content-length": String(2 ** 30) },
      "",
      429,
    ],
    [
      "a body compressed by gzip",
      { "content-type": "application/json", "content-encoding": "gzip" },
      gzipSync(Buffer.alloc(10_000_000)),
      501,
    ],
    ["a body over 64 KiB", { "content-type": "application/json" }, " ".repeat(70_000), 429],
    ["headers over 16 KiB", { "x-large": "a".repeat(17_000) }, "", 431],
  ])("refuses %s", async (_, fields, body, status) => {
    const service = await serve();
    const reply = await http(service.ports.http, { verb: "POST", path: verify, headers: fields, body });
    expect(reply.status).toBe(status);
    await service.servesOthers();
  });

  test("ends a request whose body comes in too many pieces", async () => {
    const service = await serve();
    const [crumbling] = await many(1, () => Attacker.dial(service.ports.http));
    let answer = "";
    crumbling?.socket.on("data", (chunk: Buffer) => {
      answer += chunk;
    });
    crumbling?.write(
      Buffer.from(
        `POST ${verify} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
      ),
    );
    for (let piece = 0; answer === "" && piece < 20_000; piece++) {
      await crumbling?.push(Buffer.from("1\r\n \r\n"));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(answer).toMatch(/^HTTP\/1\.1 429 .*more than 1024 pieces/s);
    await service.servesOthers();
  });
});
