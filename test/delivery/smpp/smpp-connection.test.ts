import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { certificate, key } from "../../config/certificate.ts";
import { type Smsc, startSmsc } from "../../support/smsc.ts";
import { accountAt, boundAccount, handover, smsTo } from "./account.ts";

const message = smsTo("+41791234567");

/** A port of 127.0.0.1 with something behind it that does as given with every connection. */
async function listen(serve: (socket: Socket) => void, tls?: TlsOptions): Promise<number> {
  const server = tls ? createTlsServer({ cert: certificate, key, ...tls }, serve) : createServer(serve);
  server.on("tlsClientError", () => {});
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => {}));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  // A TCP server on a port has an address of this form.
  return (server.address() as AddressInfo).port;
}

/** Speaks TLS for an SMSC that does not. */
function tlsBefore(smsc: Smsc, options: TlsOptions = {}): Promise<number> {
  return listen((socket) => {
    const behind = connect(smsc.port, "127.0.0.1").on("error", () => socket.destroy());
    socket.on("error", () => behind.destroy());
    socket.pipe(behind).pipe(socket);
  }, options);
}

describe("over TLS, an SMSC", () => {
  test("that is trusted is sent messages", async () => {
    const smsc = await startSmsc();
    const port = await tlsBefore(smsc);
    const { provider } = accountAt({ host: "localhost", port, tls: true, ca: certificate }, [smsc]);
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
  });

  test("that is reached by another name than its certificate's is sent messages", async () => {
    const smsc = await startSmsc();
    const port = await tlsBefore(smsc);
    const { provider } = accountAt({ port, tls: true, ca: certificate, serverName: "localhost" }, [smsc]);
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
  });

  test("that asks for a certificate is sent messages by an account that has one, and by no other", async () => {
    const smsc = await startSmsc();
    const port = await tlsBefore(smsc, { requestCert: true, ca: certificate });
    const secured = { host: "localhost", port, tls: true, ca: certificate };
    const { provider } = accountAt({ ...secured, certificate, key }, [smsc]);
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
    const stranger = accountAt(secured);
    expect(await stranger.provider.send(message, handover)).toMatchObject({ kind: "unreachable" });
  });

  test.each([
    ["nobody trusts", { host: "localhost" }, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["has a certificate of another name", { ca: certificate }, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ])("that %s is unreachable, and hears no password", async (_, settings, detail) => {
    const smsc = await startSmsc();
    const port = await tlsBefore(smsc);
    const { provider } = accountAt({ port, tls: true, ...settings }, [smsc]);
    expect(await provider.send(message, handover)).toEqual({ kind: "unreachable", detail });
    expect(smsc.events.map(({ event }) => event)).not.toContain("bind_transceiver");
  });
});

describe("a message", () => {
  test("is unreachable for an SMSC that is not there, and the account keeps trying", async () => {
    const smsc = await startSmsc();
    await smsc.stop();
    const { provider, troubles } = accountAt({ port: smsc.port });
    expect(await provider.send(message, handover)).toEqual({ kind: "unreachable", detail: "ECONNREFUSED" });
    await troubles.until("ECONNREFUSED");
    const back = await startSmsc(smsc.port);
    await back.until("bind_transceiver");
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
    await provider.close();
    await back.stop();
  });

  test.each([
    ["the handover's", { connectTimeoutMs: 20_000 }, { ...handover, connectWithinMs: 50 }],
    ["its own", { connectTimeoutMs: 50 }, handover],
    ["the handover's, in all", {}, { ...handover, withinMs: 50 }],
  ])("waits for a bind for as long as %s bound allows", async (_, settings, within) => {
    const port = await listen(() => {});
    const { provider } = accountAt({ port, ...settings });
    expect(await provider.send(message, within)).toMatchObject({ kind: "unreachable" });
  });

  test.each([
    ["the handover's", {}, { ...handover, withinMs: 100 }],
    ["its own", { timeoutMs: 100 }, handover],
  ])("has no answer from a silent SMSC when %s time is up", async (_, settings, within) => {
    const { provider, smsc } = await boundAccount(settings);
    await smsc.tell({ do: "plan", submits: [{ silent: true }] });
    expect(await provider.send(message, within)).toEqual({ kind: "noAnswer", detail: "timeout" });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
  });

  test("has no answer when the connection is lost before one, and the next one goes over a new connection", async () => {
    const { provider, smsc, troubles } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{ drop: true }] });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "noAnswer" });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
    await smsc.until("bind_transceiver", 2);
    expect(troubles.details).toHaveLength(1);
  });

  test("is accepted when the connection is lost after the answer", async () => {
    const { provider, smsc } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{ after: [{ do: "drop" }] }] });
    expect(await provider.send(message, handover)).toEqual({ kind: "accepted", providerMessageId: "id_1" });
    await smsc.until("bind_transceiver", 2);
  });
});

describe("an account", () => {
  test("binds again when the SMSC was restarted", async () => {
    const { provider, smsc, troubles } = await boundAccount();
    await smsc.stop();
    await troubles.until("ECONNREFUSED");
    const back = await startSmsc(smsc.port);
    await back.until("bind_transceiver");
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
    await provider.close();
    await back.stop();
  });

  test("asks again and again whether a quiet SMSC is there", async () => {
    const { smsc, troubles } = await boundAccount({ enquireLinkMs: 10 });
    await smsc.until("enquire_link", 3);
    expect(troubles.details).toEqual([]);
  });

  test("binds anew when the SMSC does not say that it is there", async () => {
    const { smsc, troubles } = await boundAccount({
      enquireLinkMs: 10,
      timeoutMs: 50,
      connectTimeoutMs: 500,
    });
    await smsc.tell({ do: "mute" });
    await troubles.until("enquire_link unanswered");
    await smsc.until("bind_transceiver", 2);
  });

  test("says that it is there when asked", async () => {
    const { smsc } = await boundAccount();
    await smsc.tell({ do: "enquire" });
    expect(await smsc.until("enquire_link_resp")).toMatchObject({ status: 0 });
  });

  test("agrees to be unbound, and binds again", async () => {
    const { smsc, troubles } = await boundAccount();
    await smsc.tell({ do: "unbind" });
    await smsc.until("unbind_resp");
    await troubles.until("unbound by the SMSC");
    await smsc.until("bind_transceiver", 2);
  });

  test("lets what is outstanding settle before it logs out, and takes nothing more", async () => {
    const { provider, smsc } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{ hold: true }] });
    const outstanding = provider.send(message, handover);
    await smsc.until("submit_sm");
    const closing = provider.close();
    expect(await provider.send(message, handover)).toEqual({ kind: "unreachable", detail: "closed" });
    await smsc.tell({ do: "enquire" });
    await smsc.until("enquire_link_resp");
    expect(smsc.events.map(({ event }) => event)).not.toContain("unbind");
    await smsc.tell({ do: "release" });
    expect(await outstanding).toMatchObject({ kind: "accepted" });
    await closing;
    await smsc.until("unbind");
    await smsc.until("closed");
  });

  test("closes in time when the SMSC does not let it log out", async () => {
    const { provider, smsc } = await boundAccount({ connectTimeoutMs: 300 });
    await smsc.tell({ do: "mute" });
    await provider.close();
    await smsc.until("closed");
  });

  test("closes while it tries to connect", async () => {
    const port = await listen(() => {});
    const { provider } = accountAt({ port });
    const sending = provider.send(message, { ...handover, connectWithinMs: 50 });
    await provider.close();
    expect(await sending).toMatchObject({ kind: "unreachable" });
  });
});

/** Of a PDU: its length, command, status and sequence number, then its body. */
function pdu(
  command: number,
  { length, sequence = 77, body = "" }: { length?: number; sequence?: number; body?: string },
) {
  const words = [length ?? 16 + body.length / 2, command, 0, sequence];
  return words.map((word) => word.toString(16).padStart(8, "0")).join("") + body;
}

describe("an SMSC that sends", () => {
  test.each([
    ["a PDU of no length", pdu(0x15, { length: 0 })],
    ["a PDU shorter than its header", pdu(0x15, { length: 15 })],
    ["a PDU of an absurd length", pdu(0x15, { length: 0x7fffffff })],
    ["what is not SMPP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n").toString("hex")],
  ])("%s is hung up on and bound to anew", async (_, hex) => {
    const { provider, smsc, troubles } = await boundAccount();
    await smsc.tell({ do: "raw", hex });
    await troubles.until("not SMPP");
    await smsc.until("bind_transceiver", 2);
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
  });

  test.each([
    ["a command that does not exist", pdu(0x00000999, {}), 0x03],
    ["a command that is not for clients", pdu(0x00000004, { body: "00".repeat(20) }), 0x03],
    [
      "a deliver_sm with a TLV that is cut off",
      pdu(0x00000005, { body: `${"00".repeat(17)}0427ffff` }),
      0x02,
    ],
    [
      "a deliver_sm with a time that is none",
      pdu(0x00000005, { body: `${"00".repeat(10)}5200${"00".repeat(6)}` }),
      0x02,
    ],
    ["a PDU longer than the library takes", pdu(0x00000005, { body: "00".repeat(20_000) }), 0x02],
  ])("%s is told so, and goes on", async (_, hex, status) => {
    const { provider, smsc } = await boundAccount();
    await smsc.tell({ do: "raw", hex });
    expect(await smsc.until("generic_nack")).toMatchObject({ seq: 77, status });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
  });

  test.each([
    ["an answer to nothing", pdu(0x80000004, { body: "6100" })],
    ["a refusal of nothing", pdu(0x80000000, {})],
    ["an answer of a kind that does not exist", pdu(0x80000999, {})],
    ["an answer that is longer than the library takes", pdu(0x80000004, { body: "61".repeat(20_000) })],
    ["an alert_notification", pdu(0x00000102, { body: "0000000000000000" })],
    ["an outbind", pdu(0x0000000b, { body: "61006200" })],
  ])("%s is not minded", async (_, hex) => {
    const { provider, smsc, troubles } = await boundAccount();
    await smsc.tell({ do: "raw", hex });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
    expect(troubles.details).toEqual([]);
    expect(smsc.events.map(({ event }) => event)).not.toContain("generic_nack");
  });

  test("an answer of another kind has not answered", async () => {
    const { provider, smsc } = await boundAccount({ timeoutMs: 100 });
    const enquireLinkResp = pdu(0x80000015, { sequence: 2 });
    const submits = [{ silent: true }];
    await smsc.tell({ do: "plan", submits });
    const sending = provider.send(message, handover);
    expect((await smsc.until("submit_sm"))["seq"]).toBe(2);
    await smsc.tell({ do: "raw", hex: enquireLinkResp });
    expect(await sending).toEqual({ kind: "noAnswer", detail: "timeout" });
  });
});
