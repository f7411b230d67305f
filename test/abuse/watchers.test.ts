import { describe, expect, test, vi } from "vitest";
import { tally } from "../proof/effort.ts";
import { attack, LoyalCaller, many, serve } from "./abused-service.ts";
import { Attacker, callHeaders, streamIds, watchHealth } from "./attacker.ts";
import { data, frameTypes, grpcMessage, headers, initialWindowSize } from "./frames.ts";

const nothing = grpcMessage(Buffer.alloc(0));

function watch(stream: number): Buffer {
  return Buffer.concat([headers(stream, callHeaders(watchHealth)), data(stream, nothing, { end: true })]);
}

describe.each(["grpc", "http"] as const)("the %s port", (port) => {
  test("lets so many watch and refuses more, until some of them leave", async () => {
    const service = await serve({ watchersMax: 30 });
    const watchers = await many(3, () => Attacker.begin(service.ports[port]));
    for (const watcher of watchers) {
      watcher.write(...streamIds(10).map(watch));
      await vi.waitUntil(() => watcher.count(frameTypes.data) === 10);
    }
    const late = await attack(service.ports[port]);
    late.write(...streamIds(40).map(watch));
    await vi.waitUntil(() => late.ended.size === 40);
    expect(late.count(frameTypes.data)).toBe(0);
    expect(service.open().requests).toBe(30);
    await service.servesOthers();
    for (const { ended } of watchers) expect(ended.size).toBe(0);

    watchers[0]?.socket.destroy();
    await vi.waitUntil(() => service.open().requests === 20);
    late.write(...streamIds(10, 40).map(watch));
    await vi.waitUntil(() => late.count(frameTypes.data) === 10);
    tally("abuse", { streams: 80 });
  });

  test("forgets a watcher who does not read", async () => {
    const service = await serve({ patienceMs: 300, watchersMax: 10 });
    const deaf = await attack(service.ports[port], { with: [[initialWindowSize, 0]] });
    deaf.write(...streamIds(10).map(watch));
    await vi.waitUntil(() => deaf.ended.size === 10);
    const reading = await attack(service.ports[port]);
    reading.write(...streamIds(10).map(watch));
    await vi.waitUntil(() => reading.count(frameTypes.data) === 10);
    tally("abuse", { streams: 20 });
  });

  test("ends conversations about the schema that nobody ends, and serves others meanwhile", async () => {
    const service = await serve({ patienceMs: 300 });
    const reflection = callHeaders("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
    const talkers = await many(10, () => Attacker.begin(service.ports[port]));
    for (const talker of talkers) talker.write(...streamIds(20).map((stream) => headers(stream, reflection)));
    await vi.waitUntil(() => service.open().requests === 200);
    await service.servesOthers();
    await vi.waitUntil(() => talkers.every(({ ended }) => ended.size === 20));
    expect(service.open().requests).toBe(0);
    tally("abuse", { streams: 200 });
  });
});

test("a refused watcher is told why, and may ask once instead", async () => {
  const service = await serve({ watchersMax: 0 });
  const caller = new LoyalCaller(service.ports.grpc);
  expect(await caller.watch()).toMatchObject({ code: 8, details: expect.stringContaining("use Check") });
  expect(await caller.call()).toBe(0);
  caller.close();
});
