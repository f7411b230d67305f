import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Certificates, makeCertificates } from "../rpc/certificates.ts";
import { patienceMs } from "../support/patience.ts";
import { allClosed, LoyalCaller, many, serve } from "./abused-service.ts";
import { Attacker, callHeaders, streamIds, verify, watchHealth } from "./attacker.ts";
import { data, frame, frameTypes, grpcMessage, headers, preface, settings } from "./frames.ts";

/** A port to call from. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

describe.each(["grpc", "http"] as const)("the %s port", (port) => {
  test("serves others beside thousands of idle connections, and forgets them when they go", async () => {
    const service = await serve();
    const idle = await many(port === "grpc" ? 3_000 : 1_000, () => Attacker.begin(service.ports[port]));
    await vi.waitUntil(() => service.open().connections === idle.length);
    await service.servesOthers();
    expect(idle.filter(({ closed }) => closed)).toEqual([]);
    for (const { socket } of idle) socket.destroy();
    await service.isFree();
  });

  test("has no more connections than its bound, and newcomers take the place of the idlest", async () => {
    const service = await serve({ connectionsMax: 100 });
    let most = 0;
    const flood = await many(1_000, async () => {
      const attacker = await Attacker.begin(service.ports[port]);
      most = Math.max(most, service.open().connections);
      return attacker;
    });
    await service.servesOthers();
    await vi.waitUntil(() => flood.filter(({ closed }) => closed).length >= 900);
    expect(most).toBe(100);
    expect(flood.slice(0, 800).filter(({ closed }) => !closed)).toEqual([]);
  });

  test("closes no connection whose request it is answering, and turns newcomers away while it answers on all", async () => {
    const service = await serve({ connectionsMax: 20 });
    const watchers = await many(20, async () => {
      const watcher = await Attacker.begin(service.ports[port]);
      watcher.write(
        headers(1, callHeaders(watchHealth)),
        data(1, grpcMessage(Buffer.alloc(0)), { end: true }),
      );
      await vi.waitUntil(() => watcher.count(frameTypes.data) > 0);
      return watcher;
    });
    const late = await many(50, () => Attacker.begin(service.ports[port]));
    await allClosed(late);
    expect(watchers.filter(({ closed }) => closed)).toEqual([]);
    watchers[0]?.socket.destroy();
    await vi.waitUntil(() => service.open().connections === 19);
    await service.servesOthers();
  });

  test("closes connections whose requests never arrive before it turns newcomers away", async () => {
    const service = await serve({ connectionsMax: 50 });
    const half = await many(50, async () => {
      const attacker = await Attacker.begin(service.ports[port]);
      attacker.write(headers(1, callHeaders()));
      return attacker;
    });
    await vi.waitUntil(() => service.open().requests === 50);
    await service.servesOthers();
    expect(half.filter(({ closed }) => closed).length).toBeGreaterThan(0);
  });

  test.each<[what: string, said: readonly Buffer[]]>([
    ["say nothing", []],
    ["say half the preface", [preface.subarray(0, 10)]],
    ["say the preface alone", [preface]],
    ["say half a frame", [preface, settings([4, 0]).subarray(0, 12)]],
    ["say bytes that are no HTTP", [Buffer.from([0, 255, 0, 255])]],
  ])("closes connections that %s, and serves others meanwhile", async (_, said) => {
    const service = await serve({ patienceMs: 300 });
    const silent = await many(100, async () => {
      const attacker = await Attacker.dial(service.ports[port]);
      attacker.write(...said);
      return attacker;
    });
    await service.servesOthers();
    await allClosed(silent);
    // That is, long before the port asks those who have begun whether they are still there.
    expect(silent.filter((one) => one.count(frameTypes.ping) > 0)).toEqual([]);
    await service.isFree();
  });

  test("closes connections that stop in the midst of their TLS handshake", async () => {
    const service = await serve({ patienceMs: 300 }, { tls: certificates.server });
    // The record's head of a ClientHello, which never comes.
    const hello = Buffer.from([22, 3, 1, 1, 0, 1]);
    const silent = await many(100, async () => {
      const attacker = await Attacker.dial(service.ports[port]);
      attacker.write(hello);
      return attacker;
    });
    await allClosed(silent);
    await service.isFree();
  });

  test("closes connections that have shaken hands over TLS and say nothing more", async () => {
    const service = await serve({ patienceMs: 300 }, { tls: certificates.server });
    const silent = await many(50, () => Attacker.dial(service.ports[port], { tls: true }));
    await allClosed(silent);
    await service.isFree();
  });

  test("lets newcomers over TLS take the place of those in the midst of their handshake", async () => {
    const service = await serve({ connectionsMax: 20 }, { tls: certificates.server });
    const stuck = await many(20, () => Attacker.dial(service.ports[port]));
    const [newcomer] = await many(1, () => Attacker.begin(service.ports[port], { tls: true }));
    await vi.waitUntil(() => newcomer && newcomer.count(frameTypes.settings) > 0);
    expect(stuck.filter(({ closed }) => closed)).toHaveLength(1);
  });

  test("asks connections without requests to leave, and nobody notices", async () => {
    const service = await serve({ patienceMs: 300, idleMs: 300 });
    const caller = new LoyalCaller(service.ports.grpc);
    expect(await caller.call()).toBe(0);
    const idle = await many(20, () => Attacker.begin(service.ports[port]));
    await allClosed(idle);
    for (const attacker of idle) expect(attacker.count(frameTypes.goAway)).toBeGreaterThan(0);
    await service.isFree();
    expect(await caller.call()).toBe(0);
    caller.close();
  });

  test("counts connections to several of its addresses that come from one port", async () => {
    const service = await serve({ connectionsMax: 2 }, { host: "0.0.0.0" });
    const localPort = await freePort();
    const hosts = [1, 2, 3, 4].map((last) => `127.0.0.${last}`);
    const all = await many(4, () =>
      Attacker.dial(service.ports[port], { host: hosts.pop() ?? "", localPort }),
    );
    await vi.waitUntil(() => all.filter(({ closed }) => closed).length === 2);
    expect(service.open().connections).toBe(2);
    await service.stop();
    await vi.waitUntil(() => all.every(({ closed }) => closed));
  });

  test("closes a connection that has been asked to leave and goes on", async () => {
    const service = await serve({ patienceMs: 300, idleMs: 300 });
    const [stubborn] = await many(1, () => Attacker.dial(service.ports[port], { stays: true }));
    stubborn?.write(preface, settings());
    const giveUpMs = performance.now() + patienceMs;
    while (stubborn?.closed === false && performance.now() < giveUpMs) {
      await stubborn.push(frame(frameTypes.ping, Buffer.alloc(8)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stubborn?.closed).toBe(true);
    expect(stubborn?.count(frameTypes.goAway)).toBeGreaterThan(0);
    await service.isFree();
  });

  test("leaves a connection alone that keeps asking", async () => {
    const service = await serve({ patienceMs: 100, idleMs: 200 });
    const [busy] = await many(1, () => Attacker.begin(service.ports[port]));
    const [idle] = await many(1, () => Attacker.begin(service.ports[port]));
    for (const stream of streamIds(500)) {
      if (idle?.closed) break;
      busy?.write(headers(stream, callHeaders(), { end: true }));
      await vi.waitUntil(() => busy?.ended.has(stream));
    }
    await allClosed(idle === undefined ? [] : [idle]);
    expect(busy?.closed).toBe(false);
  });

  test("finds out that a watcher is no longer there", async () => {
    const service = await serve({ patienceMs: 100 });
    const watch = [
      headers(1, callHeaders(watchHealth)),
      data(1, grpcMessage(Buffer.alloc(0)), { end: true }),
    ];
    const [gone, there] = await many(2, () => Attacker.begin(service.ports[port]));
    if (gone === undefined || there === undefined) throw new Error("two were asked for");
    gone.write(...watch);
    there.write(...watch);
    there.socket.on("data", () => {
      // Answers each PING that it was sent, and some that it was not.
      if (there.count(frameTypes.ping) > 0)
        there.write(frame(frameTypes.ping, Buffer.alloc(8), { flags: 1 }));
    });
    await allClosed([gone]);
    expect(gone.count(frameTypes.ping)).toBe(1);
    expect(there.closed).toBe(false);
    await service.servesOthers();
  });
});

test("connections of HTTP/1.1 that never end their request give way, and others are served", async () => {
  const service = await serve({ connectionsMax: 50 });
  const half = await many(200, async () => {
    const attacker = await Attacker.dial(service.ports.http);
    attacker.write(
      Buffer.from(
        `POST ${verify} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
      ),
    );
    return attacker;
  });
  await service.servesOthers();
  await vi.waitUntil(() => half.filter(({ closed }) => closed).length >= 150);
  expect(service.open().connections).toBeLessThanOrEqual(50);
});

test("a connection of HTTP/1.1 that asks and asks and never reads is closed, and others are served", async () => {
  const service = await serve({ patienceMs: 300 });
  const [deaf] = await many(1, () => Attacker.dial(service.ports.http));
  deaf?.socket.pause();
  // 64 bytes each, so that what is read at a time ends with a whole request, which nothing else is waited for.
  const ask = `GET /healthz HTTP/1.1\r\nhost: ${"localhost".padEnd(31)}\r\n\r\n`;
  expect(ask).toHaveLength(64);
  const asks = Buffer.from(ask.repeat(1_024));
  while (deaf?.closed === false) {
    // What is not taken for a while is not being read.
    const taken = deaf.push(asks);
    await Promise.race([taken, vi.waitUntil(() => service.open().connections === 0)]);
    if (service.open().connections === 0) break;
  }
  await service.isFree();
  await service.servesOthers();
});

test("a connection of HTTP/1.1 that sends requests ahead of an answer that never ends is closed", async () => {
  const service = await serve({ patienceMs: 200 });
  const [hasty] = await many(1, () => Attacker.dial(service.ports.http));
  const body = JSON.stringify({});
  hasty?.socket.write(
    `POST ${watchHealth} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/connect+json\r\ncontent-length: ${5 + body.length}\r\n\r\n`,
  );
  hasty?.write(
    grpcMessage(Buffer.from(body)),
    Buffer.from("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1_000)),
  );
  await service.isFree();
  await service.servesOthers();
});
