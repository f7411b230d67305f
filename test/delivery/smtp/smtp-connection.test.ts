import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { EmailMessage } from "../../../src/delivery/provider.ts";
import { SmtpProvider, type SmtpSettings } from "../../../src/delivery/smtp/smtp.ts";
import { certificate, key } from "../../config/certificate.ts";
import { startFaultySmtpServer } from "./faulty-smtp-server.ts";
import { parseMail } from "./raw-mail.ts";

const message: EmailMessage = {
  channel: "email",
  to: "someone@example.test",
  senderName: "Acme",
  subject: "Your Acme code",
  text: "Your Acme code is 471902",
  html: "<p>Your Acme code is 471902</p>",
};

/** A server that takes everything, and what becomes of a message to it. */
async function sent(changes: Partial<SmtpSettings>, tls?: TlsOptions) {
  const server = await startFaultySmtpServer({});
  const port = tls === undefined ? server.port : await tlsBefore(server.port, tls);
  const provider = new SmtpProvider(
    {
      host: "127.0.0.1",
      port,
      security: tls === undefined ? "none" : "tls",
      from: "codes@acme.test",
      timeoutMs: 5_000,
      connectionsMax: 1,
      ...changes,
    },
    systemClock,
  );
  onTestFinished(async () => {
    await server.stop();
    await provider.close();
  });
  return { outcome: await provider.send(message, { withinMs: 60_000 }), server };
}

/** Speaks TLS for a server that does not. */
async function tlsBefore(behind: number, options: TlsOptions): Promise<number> {
  const server = createServer({ cert: certificate, key, ...options }, (socket) => {
    const next = connect(behind, "127.0.0.1").on("error", () => socket.destroy());
    socket.on("error", () => next.destroy());
    socket.pipe(next).pipe(socket);
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  // A TCP server on a port has an address of this form.
  return (server.address() as AddressInfo).port;
}

test("a server is greeted by the sender's domain, whatever the machine is called", async () => {
  const { server } = await sent({});
  expect(server.commands[0]).toBe("EHLO acme.test");
});

test("a server is greeted by the name that the account is given", async () => {
  const { server } = await sent({ ehloName: "otp.acme.example" });
  expect(server.commands[0]).toBe("EHLO otp.acme.example");
});

test("answers go where the account says, and to the sender if it says nothing", async () => {
  const { server } = await sent({ replyTo: "help@acme.test" });
  expect(parseMail(server.texts[0] ?? "").header("Reply-To")).toBe("help@acme.test");
  const plain = await sent({});
  expect(parseMail(plain.server.texts[0] ?? "").header("Reply-To")).toBeUndefined();
});

test("no account has answers go to anything but one address", async () => {
  await expect(sent({ replyTo: "Help <help@acme.test>" })).rejects.toThrow("one e-mail address");
});

test("a server that is reached by another name than its certificate's takes the message", async () => {
  const { outcome } = await sent({ ca: certificate, serverName: "localhost" }, {});
  expect(outcome).toMatchObject({ kind: "accepted" });
});

test("a server whose certificate is of another name is unreachable", async () => {
  const { outcome } = await sent({ ca: certificate, serverName: "mail.acme.test" }, {});
  expect(outcome).toEqual({ kind: "unreachable", detail: "ERR_TLS_CERT_ALTNAME_INVALID" });
});

test("a server that asks for a certificate takes the message of an account that has one, and of no other", async () => {
  const asking = { requestCert: true, ca: certificate };
  const secured = { host: "localhost", ca: certificate };
  const { outcome } = await sent({ ...secured, certificate, key }, asking);
  expect(outcome).toMatchObject({ kind: "accepted" });
  const stranger = await sent(secured, asking);
  expect(stranger.outcome).toMatchObject({ kind: "unreachable" });
});
