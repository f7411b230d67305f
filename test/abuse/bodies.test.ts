import { deflateSync, gzipSync } from "node:zlib";
import * as grpc from "@grpc/grpc-js";
import { describe, expect, test, vi } from "vitest";
import { tally } from "../proof/effort.ts";
import { http } from "../rpc/wire.ts";
import { attack, LoyalCaller, many, serve } from "./abused-service.ts";
import { Attacker, callHeaders, streamIds, verify } from "./attacker.ts";
import { data, endHeaders, frame, frameTypes, grpcMessage, headerBlock, headers, uint32 } from "./frames.ts";

describe.each(["grpc", "http"] as const)("the %s port", (port) => {
  test("closes a request that it has refused for its size before it has waited for the rest", async () => {
    const service = await serve({ patienceMs: 3_000 });
    const huge = await attack(service.ports[port]);
    huge.write(headers(1, callHeaders()), headers(3, callHeaders()));
    huge.write(data(3, Buffer.concat([Buffer.from([0]), uint32(1 << 30)])));
    for (let piece = 0; piece < 4; piece++) await huge.push(data(3, Buffer.alloc(16_000)));
    // No more than it is asked for: a caller with bad manners would be hung up on.
    await vi.waitUntil(() => huge.ended.has(3) || huge.count(frameTypes.windowUpdate) >= 2);
    const more = Array<Buffer>(100).fill(data(3, Buffer.alloc(1)));
    if (!huge.ended.has(3)) await huge.push(data(3, Buffer.alloc(16_000)), ...more);
    await vi.waitUntil(() => huge.ended.has(3));
    expect(huge.ended.get(3)).toBe(0);
    await vi.waitUntil(() => service.open().requests === 1);
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
      await vi.waitUntil(() => flood.count(frameTypes.settings) > 1);
      if (confirms) flood.write(frame(frameTypes.settings, Buffer.alloc(0), { flags: 1 }));
      flood.write(...splitHeaders(1, { ...callHeaders(), ...fields }));
      await vi.waitUntil(() => flood.ended.has(1) || flood.closed);
      expect(flood.ended.get(1)).not.toBe(0);
    }
    expect(service.open().requests).toBe(0);
    await service.servesOthers();
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
  ])(
    "refuses requests compressed by %s, bombs and many small ones in one frame",
    async (encoding, compress) => {
      const service = await serve();
      const bomb = compress(Buffer.alloc(10 * 1024 * 1024));
      const small = compress(Buffer.alloc(0));
      const fields = { ...callHeaders(), "grpc-encoding": encoding };
      const attacker = await attack(service.ports[port]);
      const streams = streamIds(100);
      let bytes = 0;
      for (const stream of streams) {
        const body =
          stream < 5 ? grpcMessage(bomb, true) : Buffer.concat(Array(10).fill(grpcMessage(small, true)));
        attacker.write(headers(stream, fields), data(stream, body, { end: true }));
        bytes += body.length;
      }
      await vi.waitUntil(() => attacker.ended.size === streams.length);
      expect(service.open().requests).toBe(0);
      await service.servesOthers();
      tally("abuse", { streams: streams.length, bytes });
    },
  );
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
  for (const port of [service.ports.grpc, service.ports.http]) {
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
        `POST ${verify} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
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
