import { describe, expect, test, vi } from "vitest";
import { tally } from "../proof/effort.ts";
import { type AbusedService, attack, LoyalCaller, serve } from "./abused-service.ts";
import { type Attacker, callHeaders } from "./attacker.ts";
import { data, frame, frameTypes, headers, settings, uint32 } from "./frames.ts";

const framesAWrite = 1_000;

/** Writes the frames again and again until the service hangs up or has taken `bytes`; others are served meanwhile. */
async function flood(
  service: AbusedService,
  attacker: Attacker,
  { bytes, next }: { bytes: number; next: () => Uint8Array },
): Promise<number> {
  const others = service.servesOthers();
  let sent = 0;
  while (!attacker.closed && sent < bytes) {
    const some = Buffer.concat(Array.from({ length: framesAWrite }, next));
    sent += some.length;
    await attacker.push(some);
  }
  await others;
  tally("abuse", { bytes: sent });
  return sent;
}

describe.each(["grpc", "http"] as const)("the %s port", (port) => {
  test("hangs up on a connection that opens requests and resets them, thousands of times", async () => {
    const service = await serve();
    const caller = new LoyalCaller(service.ports.grpc);
    await caller.call();
    const rapid = await attack(service.ports[port]);
    let resets = 0;
    const next = () => {
      const stream = 2 * resets + 1;
      resets += 1;
      return Buffer.concat([
        headers(stream, callHeaders()),
        frame(frameTypes.resetStream, uint32(8), { stream }),
      ]);
    };
    await flood(service, rapid, { bytes: 50_000_000, next });
    expect(rapid.closed).toBe(true);
    await vi.waitUntil(() => service.open().requests === 0);
    expect(await caller.call()).toBe(0);
    caller.close();
    tally("abuse", { resets });
  });

  test.each<[what: string, next: () => Uint8Array]>([
    ["PING", () => frame(frameTypes.ping, Buffer.alloc(8))],
    ["SETTINGS", () => settings([4, 100])],
    ["empty DATA", () => data(1, Buffer.alloc(0))],
    ["CONTINUATION", () => frame(frameTypes.continuation, Buffer.alloc(0), { stream: 3 })],
    ["WINDOW_UPDATE", () => frame(frameTypes.windowUpdate, uint32(1))],
    ["WINDOW_UPDATE of one request", () => frame(frameTypes.windowUpdate, uint32(1), { stream: 1 })],
    ["PRIORITY", () => frame(frameTypes.priority, Buffer.alloc(5, 1), { stream: 5 })],
    ["unknown frames", () => frame(0xbb, Buffer.alloc(100))],
    ["RST_STREAM of requests that never were", () => frame(frameTypes.resetStream, uint32(8), { stream: 9 })],
  ])("hangs up on a flood of %s", async (what, next) => {
    const service = await serve({ patienceMs: 300, controlFramesMax: 5_000, bytesMax: 1024 * 1024 });
    const attacker = await attack(service.ports[port]);
    attacker.write(headers(1, callHeaders()));
    if (what === "CONTINUATION") attacker.write(headers(3, callHeaders(), { whole: false }));
    const sent = await flood(service, attacker, { bytes: 400_000_000, next });
    expect(attacker.closed).toBe(true);
    expect(sent).toBeLessThan(400_000_000);
    await service.isFree();
    await service.servesOthers();
  });

  test.each<[what: string, one: Buffer, answer: number]>([
    ["PING", frame(frameTypes.ping, Buffer.alloc(8)), frameTypes.ping],
    ["SETTINGS", settings([4, 100]), frameTypes.settings],
  ])("hangs up on a steady stream of %s whose answers are read", async (_, one, answer) => {
    const service = await serve({ patienceMs: 1_000_000, controlFramesMax: 5_000 });
    const attacker = await attack(service.ports[port]);
    let sent = 0;
    for (; !attacker.closed && sent < 20_000; sent += 100) {
      const answered = attacker.count(answer) + 100;
      attacker.write(Buffer.concat(Array<Buffer>(100).fill(one)));
      await vi.waitUntil(() => attacker.closed || attacker.count(answer) >= answered, { interval: 0 });
    }
    expect(attacker.closed).toBe(true);
    expect(sent).toBeGreaterThanOrEqual(5_000);
    await service.servesOthers();
    tally("abuse", { bytes: sent * one.length });
  });

  test("keeps no more for a connection that pings and never reads than its own bound", async () => {
    const service = await serve({ patienceMs: 300 });
    const attacker = await attack(service.ports[port]);
    attacker.socket.pause();
    await flood(service, attacker, {
      bytes: 400_000_000,
      next: () => frame(frameTypes.ping, Buffer.alloc(8)),
    });
    await service.isFree();
  });
});
