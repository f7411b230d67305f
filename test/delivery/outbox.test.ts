import { PassThrough, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { Outbox } from "../../src/delivery/outbox.ts";
import type { EmailMessage, Message, SmsMessage, VoiceMessage } from "../../src/delivery/provider.ts";

const clock = { nowMs: () => Date.UTC(2026, 10, 23, 9, 30) };
const time = "2026-11-23T09:30:00.000Z";

const sms: SmsMessage = {
  channel: "sms",
  locale: "en",
  to: "+491701234567",
  validForMs: 600_000,
  text: "Acme: your code is 471902.\n\n@acme.test #471902",
};
const voice: VoiceMessage = {
  channel: "voice",
  to: "+491701234567",
  validForMs: 600_000,
  speech: {
    locale: "en-US",
    parts: [
      { kind: "words", text: "Your code is:" },
      { kind: "code", characters: "47" },
      { kind: "words", text: "Goodbye." },
    ],
  },
};
const email: EmailMessage = {
  channel: "email",
  to: "someone@example.test",
  senderName: "Acme",
  subject: "Your Acme code",
  text: "Your Acme code is\n\n  471902\n",
  html: "<p>471902</p>",
};

async function written(readable: boolean, ...messages: Message[]): Promise<string> {
  const out = new PassThrough({ encoding: "utf8" });
  const outbox = new Outbox({ out, clock, readable });
  for (const message of messages) expect(await outbox.send(message)).toEqual({ kind: "accepted" });
  await outbox.close();
  return out.read() as string;
}

describe("for a program, the outbox", () => {
  test.each([
    ["an SMS", sms, { time, channel: "sms", to: sms.to, text: sms.text }],
    [
      "what a call says",
      voice,
      { time, channel: "voice", to: voice.to, text: "Your code is: 4. 7. Goodbye." },
    ],
    [
      "an e-mail",
      email,
      { time, channel: "email", to: email.to, subject: email.subject, text: email.text, html: email.html },
    ],
  ])("writes %s as one JSON object on a line", async (_, message, expected) => {
    const text = await written(false, message);
    expect(text).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(text)).toEqual(expected);
  });

  test("writes a message a line", async () => {
    const lines = (await written(false, sms, voice, email)).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as Message).channel)).toEqual(["sms", "voice", "email"]);
  });
});

describe("for a person, the outbox", () => {
  test("writes an SMS as a block", async () => {
    expect(await written(true, sms)).toBe(`
SMS to +491701234567 at 2026-11-23T09:30:00.000Z
  │ Acme: your code is 471902.
  │
  │ @acme.test #471902
`);
  });

  test("writes what a call says as a block", async () => {
    expect(await written(true, voice)).toBe(`
Call to +491701234567 at 2026-11-23T09:30:00.000Z
  │ Your code is: 4. 7. Goodbye.
`);
  });

  test("writes the subject and the text of an e-mail as a block", async () => {
    expect(await written(true, email)).toBe(`
E-mail to someone@example.test at 2026-11-23T09:30:00.000Z
  │ Your Acme code
  │
  │ Your Acme code is
  │
  │   471902
`);
  });

  test("passes no control character on to the terminal", async () => {
    const text = await written(true, { ...sms, text: "\u001b[2J471902\u009b1m\r\u0007" });
    expect(stripVTControlCharacters(text)).toBe(text);
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });
});

describe("the outbox", () => {
  test("has accepted a message when the stream has taken it, not before", async () => {
    const order: string[] = [];
    const out = new Writable({
      write(_chunk, _encoding, done) {
        setImmediate(() => {
          order.push("flushed");
          done();
        });
      },
    });
    await new Outbox({ out, clock, readable: false }).send(sms);
    order.push("accepted");
    expect(order).toEqual(["flushed", "accepted"]);
  });

  test("is unreachable when the stream fails", async () => {
    const out = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
    expect(await new Outbox({ out, clock, readable: false }).send(sms)).toEqual({
      kind: "unreachable",
      detail: "outbox",
    });
  });

  test("is unreachable when the stream has ended", async () => {
    const out = new PassThrough();
    out.end();
    expect(await new Outbox({ out, clock, readable: true }).send(sms)).toEqual({
      kind: "unreachable",
      detail: "outbox",
    });
  });

  test("takes every channel", () => {
    const outbox = new Outbox({ out: new PassThrough(), clock, readable: false });
    expect(outbox.channels).toEqual(["sms", "voice", "email"]);
  });
});
