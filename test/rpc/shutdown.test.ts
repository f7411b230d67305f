import { Code } from "@connectrpc/connect";
import { describe, expect, test, vi } from "vitest";
import { startFaultySmtpServer } from "../delivery/smtp/faulty-smtp-server.ts";
import { profileWith, routeBy, startService } from "../support/service.ts";
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

test("a stopped service answers nobody", async () => {
  const service = await startService();
  await service.stop();
  const refused = { code: Code.Unavailable };
  await expect(service.clients.grpc.sendPasscode(phone)).rejects.toMatchObject(refused);
  await expect(service.clients.connect.sendPasscode(phone)).rejects.toMatchObject(refused);
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
