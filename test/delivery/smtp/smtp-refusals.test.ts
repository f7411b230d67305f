import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { DeliveryOutcome, EmailMessage } from "../../../src/delivery/provider.ts";
import { SmtpProvider, type SmtpSettings } from "../../../src/delivery/smtp/smtp.ts";
import { type FaultySmtpServer, type Script, startFaultySmtpServer } from "./faulty-smtp-server.ts";

const opened: { provider: SmtpProvider; server: FaultySmtpServer }[] = [];

afterEach(async () => {
  for (const { provider, server } of opened.splice(0)) {
    await server.stop();
    await provider.close();
  }
});

const message: EmailMessage = {
  channel: "email",
  to: "someone@example.test",
  senderName: "Acme",
  subject: "Your Acme code",
  text: "Your Acme code is 471902",
  html: "<p>Your Acme code is 471902</p>",
};

async function outcomeWith(script: Script, changes: Partial<SmtpSettings> = {}) {
  const server = await startFaultySmtpServer(script);
  const provider = new SmtpProvider(
    {
      host: "127.0.0.1",
      port: server.port,
      security: "none",
      from: "codes@acme.test",
      timeoutMs: 5_000,
      connectionsMax: 1,
      ...changes,
    },
    systemClock,
  );
  opened.push({ provider, server });
  return provider.send(message, { withinMs: 60_000 });
}

const login = { username: "passcode", password: "secret" };

const address = { kind: "destinationRefused" } as const;
const account = { kind: "accountRefused" } as const;
const server = { kind: "overloaded" } as const;
const mailbox = { kind: "overloaded", ofDestination: true } as const;
const filter = { kind: "blocked" } as const;

type Expected = Pick<DeliveryOutcome, "kind"> & { ofDestination?: true };

function repliesOf(step: keyof Script, rows: readonly [string, Expected, string?][]) {
  test.each(rows)("%s", async (reply, expected, detail) => {
    const outcome = await outcomeWith({ [step]: { say: reply } });
    const numbers = /^(\d{3})(?:[ -](\d\.\d+\.\d+))?/.exec(reply) ?? [];
    expect(outcome).toEqual({ ...expected, detail: detail ?? numbers.slice(1).filter(Boolean).join(" ") });
  });
}

describe("at the recipient, the address is refused by", () => {
  repliesOf("RCPT", [
    ["550 5.1.1 <someone@example.test> unknown", address],
    ["553-5.1.3 bad\r\n553 5.1.3 someone@example.test", address, "553 5.1.3"],
    ["550 5.1.2 no such domain", address],
    ["550 5.1.10 RecipientNotFound", address],
    ["556 5.1.10 null MX", address],
    ["550 5.2.1 mailbox disabled", address],
    ["550 5.4.1 Recipient address rejected: Access denied", address],
    ["550 5.1.99 whatever is added to the registry", address],
    ["550 no such user", address],
    ["550 <relay@example.test>: no such user", address],
    ["501 bad address", address],
    ["555 5.5.2 Syntax error", address],
  ]);
});

describe("at the recipient, the account is refused by", () => {
  repliesOf("RCPT", [
    ["554 5.7.1 <someone@example.test>: Relay access denied", account],
    ["550 relay not permitted", account],
    ["553 5.7.1 <codes@acme.test>: Sender address rejected: not owned by user", account],
    ["553 5.1.8 <codes@acme.test>: Domain not found", account],
    ["550 5.7.60 SMTP; Client does not have permissions to send as this sender", account],
    ["550 5.7.26 unauthenticated mail is not accepted due to the domain's DMARC policy", account],
    ["550 5.7.515 Access denied", account],
    ["552 5.3.4 message too big", account],
    ["530 5.7.0 log in", account],
    ["502 5.5.1 what is RCPT", account],
  ]);
});

describe("at the recipient, its mailbox has trouble by", () => {
  repliesOf("RCPT", [
    ["450 4.1.2 <someone@example.test>: Domain not found", mailbox],
    ["450 4.2.0 Greylisted", mailbox],
    ["450 greylisted, come back in 5 minutes", mailbox],
    ["452 4.2.2 mailbox full", mailbox],
    ["552 5.2.2 mailbox full", mailbox],
    ["552 storage exceeded", mailbox],
    ["451 4.7.1 try later", mailbox],
    ["451 4.3.0 lookup failed", mailbox],
    ["450 4.7.28 too much mail for this user", mailbox],
    ["452 4.5.3 too many", mailbox],
  ]);
});

test("a server that goes away at the recipient has trouble itself", async () => {
  expect(await outcomeWith({ RCPT: { say: "421 4.3.2 closing" } })).toEqual({
    ...server,
    detail: "421 4.3.2",
  });
});

describe("before the recipient, by", () => {
  repliesOf("greeting", [
    ["421 4.3.2 someone@example.test: too many", server],
    ["554 5.7.1 you are on a list", { kind: "unreachable" }],
  ]);
  repliesOf("MAIL", [
    ["421 closing", server],
    ["451 4.3.0 later", server],
    ["454 4.7.0 Throttling failure: Maximum sending rate exceeded.", server],
    ["553 5.7.1 not yours", account],
    ["550 5.1.0 Sender rejected", account],
    ["550 unknown", account],
    ["503 5.5.1 not now", { kind: "unreachable" }],
  ]);
  repliesOf("DATA", [
    ["450 later", mailbox],
    ["554 5.5.1 no valid recipients", address],
  ]);
});

describe("a login is answered by", () => {
  test.each([
    ["503 not here", account, "503"],
    ["535 5.7.8 wrong", account, "535 5.7.8"],
    ["550 5.7.30 Basic authentication is not supported", account, "550 5.7.30"],
    ["454 4.7.0 try later", server, "454 4.7.0"],
  ])("%s", async (reply, expected, detail) => {
    const EHLO = { say: "250-mail.test\r\n250 AUTH PLAIN" };
    expect(await outcomeWith({ EHLO, AUTH: { say: reply } }, login)).toEqual({ ...expected, detail });
  });

  test.each([
    ["nothing, since none is offered", "250 mail.test"],
    ["nothing, since none by password is offered", "250-mail.test\r\n250 AUTH XOAUTH2 GSSAPI"],
  ])("%s", async (_, EHLO) => {
    expect(await outcomeWith({ EHLO: { say: EHLO } }, login)).toEqual({
      ...account,
      detail: "NO_PASSWORD_LOGIN",
    });
    expect(opened[0]?.server.commands).toEqual(["EHLO acme.test"]);
  });
});

describe("after the text, by", () => {
  repliesOf("end", [
    ["554 Message rejected: Email address is not verified.", account],
    ["550 The from address does not match a verified Sender Identity.", account],
    ["454 Throttling failure: Daily message quota exceeded.", account],
    ["550 5.4.5 Daily user sending quota exceeded", account],
    ["550 5.1.90 daily limit for message recipients", account],
    ["550 5.7.26 DMARC", account],
    ["552 5.3.4 too big", account],
    ["552 too big", account],
    ["550 5.7.1 looks like spam", filter],
    ["554 5.7.0 a rule of ours", filter],
    ["554 <verified@example.test> transaction failed", filter],
    ["550 no", filter],
    ["550 5.1.1 unknown after all", address],
    ["552 5.2.2 mailbox full", mailbox],
    ["452 4.2.2 mailbox full", mailbox],
    ["451 4.3.0 later", server],
    ["451 later", server],
    ["454 Throttling failure: Maximum sending rate exceeded.", server],
    ["503 5.5.1 what text", { kind: "unreachable" }],
  ]);
});
