import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { AwsSesProvider } from "../../../src/delivery/aws/ses.ts";
import type { EmailMessage } from "../../../src/delivery/provider.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import { type SesEmulator, startSesEmulator } from "../../support/ses-emulator.ts";
import { handover, sesSettings } from "./account.ts";

const email: EmailMessage = {
  channel: "email",
  to: "ada@example.org",
  senderName: "Zürich Käse",
  subject: "493817 – dein Code\r\nBcc: eve@evil.example",
  text: "493817 ist dein Code.\n",
  html: "<p>493817 ist dein Code für Käse.</p>",
};

async function send(url: string, message: EmailMessage, configurationSet?: string) {
  const provider = new AwsSesProvider(
    { ...sesSettings, baseUrl: url, ...(configurationSet !== undefined && { configurationSet }) },
    systemClock,
  );
  try {
    return await provider.send(message, handover);
  } finally {
    await provider.close();
  }
}

describe("on the wire", () => {
  let server: FaultyHttpServer;
  beforeEach(async () => {
    server = await startFaultyHttpServer();
    server.behave({ kind: "answer", status: 200, body: '{"MessageId":"1"}' });
  });
  afterEach(() => server.close());

  test("writes a name with dots out of place in quotes", async () => {
    await send(server.url, { ...email, to: "a..b@docomo.ne.jp" }, "codes");
    expect(JSON.parse(server.requests[0]?.body ?? "")).toMatchObject({
      Destination: { ToAddresses: ['"a..b"@docomo.ne.jp'] },
    });
  });

  test("is SendEmail, signed for the region and the service", async () => {
    await send(server.url, email, "codes");
    const [request] = server.requests;
    expect(request).toMatchObject({ method: "POST", url: "/v2/email/outbound-emails" });
    expect(request?.headers["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/[0-9]{8}\/eu-central-1\/ses\/aws4_request, SignedHeaders=[a-z0-9;-]+, Signature=[0-9a-f]{64}$/,
    );
    expect(JSON.parse(request?.body ?? "")).toEqual({
      FromEmailAddress: "=?UTF-8?B?WsO8cmljaCBLw6RzZQ==?= <codes@acme.example>",
      Destination: { ToAddresses: ["ada@example.org"] },
      Content: {
        Simple: {
          Subject: { Data: "493817 – dein Code Bcc: eve@evil.example", Charset: "UTF-8" },
          Body: {
            Text: { Data: email.text, Charset: "UTF-8" },
            Html: { Data: email.html, Charset: "UTF-8" },
          },
          Headers: [
            { Name: "Auto-Submitted", Value: "auto-generated" },
            { Name: "X-Auto-Response-Suppress", Value: "All" },
          ],
        },
      },
      EmailTags: [{ Name: "passcode_reference", Value: "AbCd-1234_reference" }],
      ConfigurationSetName: "codes",
    });
  });

  test.each(["a@b.example, c@d.example", "Ada <ada@example.org>"])("is nothing for %s", async (to) => {
    expect(await send(server.url, { ...email, to })).toEqual({
      kind: "destinationRefused",
      detail: "not one address",
    });
    expect(server.requests).toEqual([]);
  });

  test("is nothing for what is no e-mail", async () => {
    const provider = new AwsSesProvider({ ...sesSettings, baseUrl: server.url }, systemClock);
    const sms = { channel: "sms", locale: "en", to: "+41791234567", text: "", validForMs: 1 } as const;
    expect(await provider.send(sms, handover)).toMatchObject({ kind: "destinationRefused" });
    expect(server.requests).toEqual([]);
    await provider.close();
  });
});

describe("with aws-ses-v2-local", () => {
  let ses: SesEmulator;
  beforeAll(async () => {
    ses = await startSesEmulator();
  });
  afterAll(() => ses.stop());

  test("a mail is taken as it was written", async () => {
    const outcome = await send(ses.url, email, "codes");
    const [mail, ...others] = await ses.mails();
    expect(others).toEqual([]);
    expect(outcome).toEqual({ kind: "accepted", providerMessageId: mail?.messageId });
    expect(mail).toMatchObject({
      from: "=?UTF-8?B?WsO8cmljaCBLw6RzZQ==?= <codes@acme.example>",
      destination: { to: ["ada@example.org"], cc: [], bcc: [] },
      subject: "493817 – dein Code Bcc: eve@evil.example",
      body: { text: email.text, html: email.html },
      headers: [
        { name: "Auto-Submitted", value: "auto-generated" },
        { name: "X-Auto-Response-Suppress", value: "All" },
      ],
    });
  });
});

test("a sender that is no single address is a mistake of the program", () => {
  expect(() => new AwsSesProvider({ ...sesSettings, from: "Acme <a@b.example>" }, systemClock)).toThrow(
    "one e-mail",
  );
});
