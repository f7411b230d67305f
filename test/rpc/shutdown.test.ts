import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { describe, expect, test, vi } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { systemRandom } from "../../src/random.ts";
import { run } from "../cli/process.ts";
import { startFaultySmtpServer } from "../delivery/smtp/faulty-smtp-server.ts";
import { profileWith, routeBy, startService } from "../support/service.ts";
import { usualDialect } from "../support/smsc.ts";
import { http } from "./wire.ts";

const phone = { destination: { case: "phoneNumber", value: "+41791234567" } } as const;

/** A service whose outbox keeps every message in its hands until `accept`. */
async function serviceInHand(drainMs: number) {
  const handed = Promise.withResolvers<void>();
  const accept = Promise.withResolvers<void>();
  const service = await startService(
    { shutdown: { drainMs } },
    {
      beforeAccepted: () => {
        handed.resolve();
        return accept.promise;
      },
    },
  );
  return { service, handed: handed.promise, accept: accept.resolve };
}

describe.each(["grpc", "connect"] as const)("with a call over %s in hand, stop", (way) => {
  test("lets it finish", async () => {
    const { service, handed, accept } = await serviceInHand(30_000);
    const sent = service.clients[way].sendPasscode(phone);
    await handed;
    const stopped = service.stop();
    accept();
    expect(await sent).toMatchObject({ sendsRemaining: 4 });
    await stopped;
  });

  test("does not wait longer than it was told to", async () => {
    const { service, handed, accept } = await serviceInHand(100);
    const sent = service.clients[way].sendPasscode(phone).catch((error) => error);
    await handed;
    await service.stop();
    expect(await sent).toMatchObject({ code: expect.any(Number) });
    accept();
  });

  test("refuses new connections", async () => {
    const { service, handed, accept } = await serviceInHand(30_000);
    const sent = service.clients[way].sendPasscode(phone);
    await handed;
    const stopped = service.stop();
    await expect(http(service.ports.http, { verb: "GET", path: "/healthz" })).rejects.toThrow(/ECONN/);
    await expect(http(service.ports.grpc, { verb: "GET", path: "/" })).rejects.toThrow(/ECONN/);
    accept();
    await sent;
    await stopped;
  });
});

test("stop lets a call that has begun to stand in for an SMS be made", async () => {
  const handed = Promise.withResolvers<void>();
  const accept = Promise.withResolvers<void>();
  const service = await startService(profileWith({ fallback: { channels: ["sms", "voice"], afterMs: 1 } }), {
    beforeAccepted: async ({ channel }) => {
      if (channel === "sms") return;
      handed.resolve();
      await accept.promise;
    },
  });
  await service.clients.grpc.sendPasscode(phone);
  await handed.promise;
  const events: string[] = [];
  const stopped = service.stop().then(() => events.push("stopped"));
  await vi.waitFor(async () => {
    await expect(http(service.ports.http, { verb: "GET", path: "/healthz" })).rejects.toThrow(/ECONN/);
    await expect(http(service.ports.grpc, { verb: "GET", path: "/" })).rejects.toThrow(/ECONN/);
  });
  for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
  events.push("accepted");
  accept.resolve();
  await stopped;
  expect(events).toEqual(["accepted", "stopped"]);
  expect(service.logLines.join("")).not.toContain("not recorded");
});

test("a stopped service answers nobody", async () => {
  const service = await startService();
  await service.stop();
  const refused = { code: Code.Unavailable };
  await expect(service.clients.grpc.sendPasscode(phone)).rejects.toMatchObject(refused);
  await expect(service.clients.connect.sendPasscode(phone)).rejects.toMatchObject(refused);
});

test.each<[why: string, broken: (port: number) => Partial<Config>, error: string]>([
  [
    "without a key",
    () => ({ keys: { ...embeddedConfig(systemRandom).keys, codes: [] } }),
    "at least one code key is needed",
  ],
  [
    "for an address is taken",
    (port) => ({ listen: { grpc: { host: "127.0.0.1", port: 0 }, http: { host: "127.0.0.1", port } } }),
    "EADDRINUSE",
  ],
])("a service that cannot start %s leaves nothing open", async (_, broken, error) => {
  const folder = mkdtempSync(join(tmpdir(), "passcode-start-"));
  const smsc = createServer((connection) => connection.resume()).listen(0, "127.0.0.1");
  await once(smsc, "listening");
  const { port } = smsc.address() as AddressInfo;
  const account = { systemId: "passcode", password: "secret", from: "Acme", fromByCountry: new Map() };
  const times = { connectTimeoutMs: 60_000, timeoutMs: 2_000, enquireLinkMs: 2_000 };
  const connection = { kind: "smpp", host: "127.0.0.1", port, tls: false } as const;
  const smpp = { ...connection, ...account, ...times, ...usualDialect };
  const store = { kind: "sqlite", path: join(folder, "passcode.db"), timeoutMs: 2_000 } as const;

  // A store is begun with keys, and opens with no others.
  const { keys } = embeddedConfig(systemRandom);

  const starting = startService({ store, keys, providers: new Map([["smsc", smpp]]), ...broken(port) });

  await expect(starting).rejects.toThrow(error);
  const next = await startService({ store, keys });
  await next.stop();
  // Ends once no connection is left.
  await new Promise((closed) => smsc.close(closed));
  rmSync(folder, { recursive: true });
});

test("stop does not wait for a mail server longer than it was told to", async () => {
  const server = await startFaultySmtpServer({ greeting: "silence" });
  const account = { kind: "smtp", host: "127.0.0.1", port: server.port, security: "none" } as const;
  const limits = { timeoutMs: 1_000, connectionsMax: 1 };
  const service = await startService({
    shutdown: { drainMs: 50 },
    providers: new Map([["mail", { ...account, ...limits, from: "codes@acme.example" }]]),
    ...profileWith({ channels: new Map([["email", routeBy("mail")]]) }),
  });
  const mail = { destination: { case: "email", value: "someone@b.example" } } as const;
  const sent = service.clients.grpc.sendPasscode(mail).catch(() => {});
  await vi.waitFor(() => expect(server.connections).toBe(1));
  await service.stop();
  await sent;
  await server.stop();
  expect(service.logLines.join("\n")).not.toContain('"delivery":"unreachable"');
});

test("a process that has nothing else to do waits for the end of a drain", async () => {
  const program = `import { Allowance } from "./src/shutdown.ts";
    console.log(await new Allowance(1).covers(new Promise(() => {})));`;
  const { exitCode, out } = await run(process.execPath, ["--input-type=module", "--eval", program]);
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: "false\n" });
});
