import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { EmailMessage } from "../../../src/delivery/provider.ts";
import { SmtpProvider, type SmtpSettings } from "../../../src/delivery/smtp/smtp.ts";
import { type Exim, startExim } from "../../support/exim.ts";
import { decodeWords, parseMail } from "./raw-mail.ts";

const handover = { withinMs: 60_000 };

let exim: Exim;
const opened: SmtpProvider[] = [];

beforeAll(async () => {
  exim = await startExim();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((provider) => provider.close()));
});
afterAll(async () => {
  await exim?.stop();
});

function account(changes: Partial<SmtpSettings> = {}): SmtpProvider {
  const provider = new SmtpProvider(
    {
      host: exim.host,
      port: exim.starttlsPort,
      security: "starttls",
      username: exim.username,
      password: exim.password,
      from: "codes@acme.test",
      ca: exim.caPem,
      timeoutMs: 5_000,
      connectionsMax: 2,
      ...changes,
    },
    systemClock,
  );
  opened.push(provider);
  return provider;
}

/** An account without the certificate to trust: the system's are in force. */
function distrusting(changes: Partial<SmtpSettings> = {}): SmtpProvider {
  const { host, starttlsPort: port, username, password } = exim;
  const settings = { host, port, security: "starttls", username, password, from: "codes@acme.test" } as const;
  const provider = new SmtpProvider(
    { ...settings, timeoutMs: 5_000, connectionsMax: 2, ...changes },
    systemClock,
  );
  opened.push(provider);
  return provider;
}

function mailTo(to: string, changes: Partial<EmailMessage> = {}): EmailMessage {
  const message: EmailMessage = {
    channel: "email",
    to,
    senderName: "Acme",
    subject: "Your Acme code",
    text: "Your Acme code is\n\n  471902\n",
    html: "<p>Your Acme code is <b>471902</b> – größer</p>",
  };
  return { ...message, ...changes };
}

describe("a mail server", () => {
  test("takes a message to a name with dots out of place", async () => {
    expect(await account().send(mailTo("a..b.@docomo.ne.jp"), handover)).toMatchObject({ kind: "accepted" });
    const mail = parseMail(await exim.waitForMessage('"a..b."@docomo.ne.jp'));
    expect(mail.header("To")).toBe('<"a..b."@docomo.ne.jp>');
  });

  test("takes a message over STARTTLS", async () => {
    const outcome = await account().send(mailTo("starttls@example.test"), handover);
    expect(outcome).toEqual({
      kind: "accepted",
      providerMessageId: expect.stringMatching(/^<[^<>@]+@acme\.test>$/),
    });
    const mail = parseMail(await exim.waitForMessage("starttls@example.test"));
    expect(mail.header("Received")).toMatch(/ with esmtpsa .*TLS1/);
  });

  test("takes a message over TLS from the first byte", async () => {
    const outcome = await account({ security: "tls", port: exim.tlsPort }).send(
      mailTo("tls@example.test"),
      handover,
    );
    expect(outcome.kind).toBe("accepted");
    expect(await exim.waitForMessage("tls@example.test")).toContain("471902");
  });

  test("takes a message when addressed by a name that its certificate has", async () => {
    const outcome = await account({ host: "localhost" }).send(mailTo("named@example.test"), handover);
    expect(outcome.kind).toBe("accepted");
  });

  test("refuses the account when the password is wrong", async () => {
    const outcome = await account({ password: "wrong" }).send(mailTo("nobody@example.test"), handover);
    expect(outcome).toEqual({ kind: "accountRefused", detail: "535" });
  });

  test("refuses the destination that it has no mailbox for, and is not quoted", async () => {
    const outcome = await account().send(mailTo("reject@example.test"), handover);
    expect(outcome).toEqual({ kind: "destinationRefused", detail: "550 5.1.1" });
  });

  test("has trouble with the mailbox alone that it asks to come back later for", async () => {
    const outcome = await account().send(mailTo("busy@example.test"), handover);
    expect(outcome).toEqual({ kind: "overloaded", ofDestination: true, detail: "451 4.2.1" });
  });

  test("takes the next message on a connection that saw a refusal", async () => {
    const provider = account({ connectionsMax: 1 });
    await provider.send(mailTo("reject@example.test"), handover);
    const outcome = await provider.send(mailTo("after-refusal@example.test"), handover);
    expect(outcome.kind).toBe("accepted");
  });

  test.each(["starttls", "tls"] as const)(
    "is unreachable over %s when nobody trusts its certificate",
    async (security) => {
      const port = security === "tls" ? exim.tlsPort : exim.starttlsPort;
      const outcome = await distrusting({ security, port }).send(mailTo("untrusted@example.test"), handover);
      expect(outcome).toEqual({ kind: "unreachable", detail: "DEPTH_ZERO_SELF_SIGNED_CERT" });
      expect(await exim.messagesFor("untrusted@example.test")).toEqual([]);
    },
  );

  test("is unreachable when the account expects TLS and the port speaks clear text", async () => {
    const outcome = await account({ security: "tls" }).send(mailTo("wrong-port@example.test"), handover);
    expect(outcome.kind).toBe("unreachable");
  });
});

describe("the message that arrives", () => {
  async function arrived(message: EmailMessage) {
    const outcome = await account().send(message, handover);
    expect(outcome.kind).toBe("accepted");
    const raw = await exim.waitForMessage(message.to);
    return { raw, mail: parseMail(raw) };
  }

  test("goes to the address exactly as given", async () => {
    const { raw, mail } = await arrived(mailTo("Some.One+Tag'/=@example.test"));
    expect(mail.header("To")).toBe("Some.One+Tag'/=@example.test");
    expect(raw).toMatch(/^Envelope-to: Some\.One\+Tag'\/=@example\.test$/m);
  });

  test("has the text and the HTML as alternatives, the HTML last", async () => {
    const message = mailTo("alternatives@example.test");
    const { mail } = await arrived(message);
    expect(mail.header("Content-Type")).toMatch(/^multipart\/alternative;/);
    expect(mail.parts).toEqual([
      { type: "text/plain", text: message.text },
      { type: "text/html", text: message.html },
    ]);
  });

  test("has every line, a lone dot too", async () => {
    const text = "one\n.\n..\nRSET\nlast\n";
    const { mail } = await arrived(mailTo("dots@example.test", { text }));
    expect(mail.parts[0]?.text).toBe(text);
  });

  test("tells the code and its page to a reader that fills it in, and only if it is told a page", async () => {
    const autofill = { code: "471902", origin: "https://shop.example" };
    const { mail } = await arrived(mailTo("autofill@example.test", { autofill }));
    expect(mail.header("OTP-Token")).toBe('"471902"; origin="https://shop.example"');
    const plain = await arrived(mailTo("no-autofill@example.test"));
    expect(plain.raw).not.toMatch(/^OTP-Token:/im);
  });

  test("says who sends it, when, and that no answer is wanted", async () => {
    const { mail } = await arrived(mailTo("headers@example.test", { senderName: "Müller, Söhne & Co." }));
    expect(decodeWords(mail.header("From") ?? "")).toBe("Müller, Söhne & Co. <codes@acme.test>");
    expect(mail.header("Return-path")).toBe("<codes@acme.test>");
    expect(mail.header("Auto-Submitted")).toBe("auto-generated");
    expect(mail.header("X-Auto-Response-Suppress")).toBe("All");
    expect(mail.header("Message-ID")).toMatch(/^<[^<>@]+@acme\.test>$/);
    expect(Date.parse(mail.header("Date") ?? "")).not.toBeNaN();
    expect(mail.header("X-Mailer")).toBeUndefined();
  });

  test.each([
    ["CR LF", "\r\n"],
    ["LF", "\n"],
    ["CR", "\r"],
    ["NUL", "\0"],
    ["U+2028", "\u2028"],
    ["a blank line", "\r\n\r\n"],
    ["a fold", "\r\n "],
  ])("has no header more for %s in the sender's name and the subject", async (name, separator) => {
    const plain = await arrived(mailTo(`plain-${name.replace(/\W/g, "-")}@example.test`));
    const { mail } = await arrived(
      mailTo(`hostile-${name.replace(/\W/g, "-")}@example.test`, {
        senderName: `Acme${separator}Bcc: victim@example.test`,
        subject: `Your code${separator}X-Evil: 1${separator}`,
      }),
    );
    expect(mail.headerNames).toEqual(plain.mail.headerNames);
    expect(mail.parts.map(({ type }) => type)).toEqual(["text/plain", "text/html"]);
    expect(await exim.messagesFor("victim@example.test")).toEqual([]);
  });
});
