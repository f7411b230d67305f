import { createServer } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { EmailMessage } from "../../../src/delivery/provider.ts";
import { SmtpProvider, type SmtpSettings } from "../../../src/delivery/smtp/smtp.ts";
import { type FaultySmtpServer, type Script, startFaultySmtpServer } from "./faulty-smtp-server.ts";
import { decodeWords, parseMail } from "./raw-mail.ts";

const handover = { withinMs: 60_000 };

const opened: { provider: SmtpProvider; server?: FaultySmtpServer }[] = [];

afterEach(async () => {
  for (const { provider, server } of opened.splice(0)) {
    await server?.stop();
    await provider.close();
  }
});

const settings: SmtpSettings = {
  host: "127.0.0.1",
  port: 0,
  security: "none",
  from: "codes@acme.test",
  timeoutMs: 5_000,
  connectionsMax: 5,
};

async function accountWith(script: Script, changes: Partial<SmtpSettings> = {}) {
  const server = await startFaultySmtpServer(script);
  const provider = new SmtpProvider({ ...settings, port: server.port, ...changes }, systemClock);
  opened.push({ provider, server });
  return { provider, server };
}

const message: EmailMessage = {
  channel: "email",
  to: "someone@example.test",
  senderName: "Acme",
  subject: "Your Acme code",
  text: "Your Acme code is\n\n  471902\n",
  html: "<p>Your Acme code is 471902</p>",
};

test.each([
  ["a..b@docomo.ne.jp", '<"a..b"@docomo.ne.jp>', '<"a..b"@docomo.ne.jp>'],
  ["a.@docomo.ne.jp", '<"a."@docomo.ne.jp>', '<"a."@docomo.ne.jp>'],
  ["a.b@docomo.ne.jp", "<a.b@docomo.ne.jp>", "a.b@docomo.ne.jp"],
])("%s is written to as %s, in the command and in the header", async (to, recipient, header) => {
  const { provider, server } = await accountWith({});
  expect(await provider.send({ ...message, to }, handover)).toMatchObject({ kind: "accepted" });
  expect(server.commands.filter((command) => command.startsWith("RCPT"))).toEqual([`RCPT TO:${recipient}`]);
  expect(parseMail(server.texts[0] ?? "").header("To")).toBe(header);
});

/** Short, for servers that never answer: what is waited for does not come. */
const timeoutMs = 200;

describe("before the text is sent, a server", () => {
  test.each<[string, Script, string]>([
    ["that never greets", { greeting: "silence" }, "ETIMEDOUT"],
    ["that falls silent after a command", { RCPT: "silence" }, "ETIMEDOUT"],
    ["that never ends its reply", { EHLO: "trickle" }, "deadline"],
  ])("%s is unreachable when the time is up", async (_, script, detail) => {
    const { provider, server } = await accountWith(script, { timeoutMs });
    const outcome = await provider.send(message, handover);
    // On a busy machine the time of the whole send may be up first.
    expect([detail, "deadline"].map((one) => ({ kind: "unreachable", detail: one }))).toContainEqual(outcome);
    expect(server.texts).toEqual([]);
  });

  test.each<[string, Script, string]>([
    ["that hangs up instead of greeting", { greeting: "hangUp" }, "ECONNECTION"],
    ["that greets with something else", { greeting: { say: "SSH-2.0-OpenSSH_9.2" } }, "EPROTOCOL"],
    ["that offers no service", { greeting: { say: "554 not for you" } }, "554"],
    ["that hangs up at the recipient", { RCPT: "hangUp" }, "ECONNECTION"],
  ])("%s is unreachable", async (_, script, detail) => {
    const { provider, server } = await accountWith(script);
    expect(await provider.send(message, handover)).toEqual({ kind: "unreachable", detail });
    expect(server.texts).toEqual([]);
  });

  test("without STARTTLS is unreachable to an account that requires it, and hears nothing in clear", async () => {
    const login = { username: "passcode", password: "secret" };
    const { provider, server } = await accountWith({}, { security: "starttls", ...login });
    expect(await provider.send(message, handover)).toEqual({ kind: "unreachable", detail: "502" });
    expect(server.commands.map((command) => command.split(" ")[0])).toEqual(["EHLO", "STARTTLS"]);
  });

  test("that does not exist is unreachable", async () => {
    const provider = new SmtpProvider({ ...settings, port: await closedPort() }, systemClock);
    opened.push({ provider });
    expect(await provider.send(message, handover)).toEqual({ kind: "unreachable", detail: "ECONNREFUSED" });
  });

  test("whose name does not exist is unreachable", async () => {
    const provider = new SmtpProvider(
      { ...settings, host: "mail.invalid", port: 25, timeoutMs: 1_000 },
      systemClock,
    );
    opened.push({ provider });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "unreachable" });
  });
});

describe("once the text may have been sent, a server", () => {
  test.each<[string, Script, string]>([
    ["that falls silent", { end: "silence" }, "ETIMEDOUT"],
    ["that never ends its reply", { end: "trickle" }, "deadline"],
  ])("%s gave no answer when the time is up, and is not sent it again", async (_, script, detail) => {
    const { provider, server } = await accountWith(script, { timeoutMs });
    const outcome = await provider.send(message, handover);
    expect([detail, "deadline"].map((one) => ({ kind: "noAnswer", detail: one }))).toContainEqual(outcome);
    expect(server.texts).toHaveLength(1);
  });

  test("that hangs up at its end gave no answer, and is not sent it again", async () => {
    const { provider, server } = await accountWith({ end: "hangUp" });
    expect(await provider.send(message, handover)).toEqual({ kind: "noAnswer", detail: "ECONNECTION" });
    expect(server.commands.filter((command) => command === "DATA")).toHaveLength(1);
  });

  test("that hangs up before its end has not taken it, and is not sent it again", async () => {
    const { provider, server } = await accountWith({ text: "cutOff" });
    // More than sockets hold on their way: the end is still to be sent.
    const text = "A line of a long message.\n".repeat(400_000);
    const outcome = await provider.send({ ...message, text }, handover);
    expect(outcome).toMatchObject({ kind: "unreachable" });
    expect(server.texts).toEqual([]);
    expect(server.commands.filter((command) => command === "DATA")).toHaveLength(1);
  });

  test("that answers nonsense gave no answer", async () => {
    const { provider } = await accountWith({ end: { say: "someone@example.test: maybe" } });
    expect(await provider.send(message, handover)).toEqual({ kind: "noAnswer", detail: "EMESSAGE" });
  });
});

describe("an account", () => {
  test("sends over a new connection when the server has ended the old one in between", async () => {
    const { provider, server } = await accountWith({}, { connectionsMax: 1 });
    await provider.send({ ...message, to: "first@example.test" }, handover);
    server.hangUp();
    const outcome = await provider.send({ ...message, to: "second@example.test" }, handover);
    expect(outcome.kind).toBe("accepted");
    expect(server.texts).toHaveLength(2);
    expect(server.connections).toBe(2);
  });

  test("opens no more connections than it may", async () => {
    const { provider, server } = await accountWith({}, { connectionsMax: 2 });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => provider.send(message, handover)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(20).fill("accepted"));
    expect(server.connectionsPeak).toBe(2);
  });

  test("lets a send under way settle before it closes, and takes no other", async () => {
    const { provider } = await accountWith({});
    const underWay = provider.send(message, handover);
    await provider.close();
    expect(await underWay).toMatchObject({ kind: "accepted" });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "unreachable" });
  });

  test.each([
    ["two addresses", "a@example.test, b@example.test"],
    ["a quoted address", '"a@evil.test"@example.test'],
    ["an address with a name", "A <a@example.test>"],
    ["a group", "all: a@example.test;"],
    ["a comment", "a(b)@example.test"],
    ["a second command", "a@example.test>\r\nRCPT TO:<b@example.test"],
    ["no address", "nobody"],
  ])("refuses %s as a destination and says nothing to the server", async (_, to) => {
    const { provider, server } = await accountWith({});
    expect(await provider.send({ ...message, to }, handover)).toEqual({
      kind: "destinationRefused",
      detail: "not one address",
    });
    expect(server.connections).toBe(0);
  });

  test("refuses what is not an e-mail", async () => {
    const { provider } = await accountWith({});
    const outcome = await provider.send(
      { channel: "sms", locale: "en", to: "+491701234567", text: "471902", validForMs: 600_000 },
      handover,
    );
    expect(outcome).toEqual({ kind: "destinationRefused", detail: "not an e-mail" });
  });

  test("cannot be made with a sender that is not one address", () => {
    expect(() => new SmtpProvider({ ...settings, from: "Acme <codes@acme.test>" }, systemClock)).toThrow(
      "one e-mail address",
    );
  });

  test("sends the same headers and addresses whatever the sender's name, subject and texts are", async () => {
    const { provider, server } = await accountWith({});
    await provider.send(message, handover);
    const usual = parseMail(server.texts.at(-1) ?? "");
    const breaking = fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "\0",
      "\u0085",
      "\u2028",
      ":",
      "<",
      "=?",
      "\ud800",
      "\r\n.\r\n",
    );
    const hostile = fc.array(fc.oneof(breaking, fc.string())).map((parts) => `x${parts.join("")}`);
    await fc.assert(
      fc.asyncProperty(
        fc.record({ senderName: hostile, subject: hostile, text: hostile, html: hostile }),
        async (fields) => {
          const outcome = await provider.send({ ...message, ...fields }, handover);
          expect(outcome.kind).toBe("accepted");
          const mail = parseMail(server.texts.at(-1) ?? "");
          expect(mail.headerNames).toEqual(usual.headerNames);
          expect(mail.parts.map(({ type }) => type)).toEqual(["text/plain", "text/html"]);
          expect(mail.header("To")).toBe(message.to);
          expect(decodeWords(mail.header("From") ?? "")).toMatch(/<codes@acme\.test>$/);
          expect(decodeWords(`${mail.header("From")} ${mail.header("Subject")}`)).not.toMatch(
            /[\p{Cc}\p{Zl}\p{Zp}]/u,
          );
          expect(server.commands.at(-2)).toBe(`RCPT TO:<${message.to}>`);
        },
      ),
      { numRuns: 100 },
    );
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
