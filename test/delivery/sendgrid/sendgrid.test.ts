import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeliveryOutcome } from "../../../src/delivery/provider.ts";
import { SendGridProvider } from "../../../src/delivery/sendgrid/sendgrid.ts";
import { handover, httpProviderContract } from "../../contract/http-provider-contract.ts";
import {
  type Behaviour,
  type FaultyHttpServer,
  startFaultyHttpServer,
} from "../../support/faulty-http-server.ts";
import { apiKey, clock, code, message, nowMs, settingsFor } from "./account.ts";

const accepts: Extract<Behaviour, { kind: "answer" }> = {
  kind: "answer",
  status: 202,
  headers: { "x-message-id": "LRzXl_NHStOGhQ4kofSm_A" },
};

httpProviderContract({
  name: "SendGrid, given an e-mail",
  open: (baseUrl) => new SendGridProvider(settingsFor(baseUrl), clock),
  message,
  code,
  accepts,
  providerMessageId: "LRzXl_NHStOGhQ4kofSm_A",
});

let server: FaultyHttpServer;
let provider: SendGridProvider;

beforeEach(async () => {
  server = await startFaultyHttpServer();
  server.behave(accepts);
  provider = new SendGridProvider(settingsFor(server.url), clock);
});
afterEach(async () => {
  await server.close();
  await provider.close();
});

describe("SendGrid is sent", () => {
  test("a name with dots out of place in quotes", async () => {
    await provider.send({ ...message, to: "a..b@docomo.ne.jp" }, handover);
    expect(JSON.parse(server.requests[0]?.body ?? "")).toMatchObject({
      personalizations: [{ to: [{ email: '"a..b"@docomo.ne.jp' }] }],
    });
  });

  test("a mail that it neither tracks nor rewrites, with the reference for its events", async () => {
    await provider.send(message, handover);
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: "POST",
      url: "/v3/mail/send",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    });
    expect(JSON.parse(request?.body ?? "")).toStrictEqual({
      personalizations: [
        { to: [{ email: message.to }], custom_args: { passcode_reference: handover.reference } },
      ],
      from: { email: "codes@acme.test", name: "Acme, Inc." },
      subject: message.subject,
      content: [
        { type: "text/plain", value: message.text },
        { type: "text/html", value: message.html },
      ],
      headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
      // Who unsubscribed from the newsletter gets the code, without the account's footer.
      mail_settings: { bypass_unsubscribe_management: { enable: true }, footer: { enable: false } },
      tracking_settings: {
        click_tracking: { enable: false, enable_text: false },
        open_tracking: { enable: false },
        subscription_tracking: { enable: false },
        ganalytics: { enable: false },
      },
    });
  });

  test("a name and a subject of one line, whatever they were made of", async () => {
    const lines = { senderName: "Acme\r\nBcc: a@b.test", subject: "Your code\u2028now\ud800" };
    await provider.send({ ...message, ...lines }, handover);
    const { from, subject } = JSON.parse(server.requests[0]?.body ?? "");
    expect({ name: from.name, subject }).toEqual({
      name: "Acme Bcc: a@b.test",
      subject: "Your code now\ufffd",
    });
  });

  test.each(["a@b.test,c@d.test", "Someone <a@b.test>", "a@b.test\r\nBcc: c@d.test", "", "a@b@c.test"])(
    "nothing for what is not one address: %j",
    async (address) => {
      expect(await provider.send({ ...message, to: address }, handover)).toEqual({
        kind: "destinationRefused",
        detail: "not one address",
      });
      expect(server.requests).toEqual([]);
    },
  );

  test("no text message", async () => {
    const sms = { channel: "sms", locale: "en", to: "+41791234567", validForMs: 1, text: code } as const;
    expect(await provider.send(sms, handover)).toEqual({
      kind: "destinationRefused",
      detail: "not an e-mail",
    });
    expect(server.requests).toEqual([]);
  });
});

describe("SendGrid answers", () => {
  const outcomeWhen = (behaviour: Omit<Extract<Behaviour, { kind: "answer" }>, "kind">) => {
    server.behave({ kind: "answer", ...behaviour });
    return provider.send(message, handover);
  };
  const errors = (...fields: (string | null)[]) =>
    JSON.stringify({
      errors: fields.map((field) => ({ message: `about ${message.to}`, field, help: null })),
    });

  test.each<[string, string, DeliveryOutcome]>([
    [
      "about the address",
      errors("personalizations.0.to.0.email"),
      { kind: "destinationRefused", detail: "HTTP 400 personalizations.to" },
    ],
    [
      "about the address in other words",
      errors("personalizations.to", "personalizations.0.to"),
      { kind: "destinationRefused", detail: "HTTP 400 personalizations.to" },
    ],
    [
      "about the address and the sender's",
      errors("personalizations.0.to.0.email", "from.email"),
      { kind: "accountRefused", detail: "HTTP 400 personalizations from" },
    ],
    ["about the sender", errors("from.email"), { kind: "accountRefused", detail: "HTTP 400 from" }],
    [
      "about another part of the addressing",
      errors("personalizations.0.tom"),
      { kind: "accountRefused", detail: "HTTP 400 personalizations" },
    ],
    [
      "about a field that is none of ours",
      errors(message.to),
      { kind: "accountRefused", detail: "HTTP 400" },
    ],
    ["about nothing in particular", errors(null), { kind: "accountRefused", detail: "HTTP 400" }],
    ["without an error", '{"errors":[]}', { kind: "accountRefused", detail: "HTTP 400" }],
    ["in another form", '{"errors":{"toString":1}}', { kind: "accountRefused", detail: "HTTP 400" }],
    [
      "with something for a field",
      '{"errors":[{"field":{"toString":1}},7,null]}',
      { kind: "accountRefused", detail: "HTTP 400" },
    ],
    ["without JSON", "Bad Request", { kind: "accountRefused", detail: "HTTP 400" }],
  ])("400 %s", async (_, body, outcome) => {
    expect(await outcomeWhen({ status: 400, body })).toEqual(outcome);
  });

  test("202 to a request that something else has answered, and that is not taken for accepted", async () => {
    const html = "<html>Welcome to the Wi-Fi</html>";
    expect(await outcomeWhen({ status: 202, body: html })).toMatchObject({ kind: "noAnswer" });
    expect(await outcomeWhen({ status: 202, body: html.repeat(5_000) })).toMatchObject({ kind: "noAnswer" });
    expect(await outcomeWhen({ status: 202, headers: { "x-message-id": "a b" }, body: html })).toMatchObject({
      kind: "noAnswer",
    });
  });

  test("200 in its sandbox, where nothing is sent", async () => {
    expect(await outcomeWhen({ status: 200, body: "" })).toMatchObject({ kind: "noAnswer" });
  });

  test.each([
    [String(nowMs / 1_000 + 30), 30_000],
    [String(nowMs / 1_000 - 5), 0],
  ])("429 until the second %s", async (reset, retryAfterMs) => {
    expect(await outcomeWhen({ status: 429, headers: { "x-ratelimit-reset": reset } })).toEqual({
      kind: "overloaded",
      detail: "HTTP 429",
      retryAfterMs,
    });
  });

  test.each(["", "soon", "30", "-1767323045", "1e9"])("429 until no known second: %j", async (reset) => {
    expect(await outcomeWhen({ status: 429, headers: { "x-ratelimit-reset": reset } })).toEqual({
      kind: "overloaded",
      detail: "HTTP 429",
    });
  });

  test("429 with Retry-After, which is believed first", async () => {
    const headers = { "retry-after": "7", "x-ratelimit-reset": String(nowMs / 1_000 + 30) };
    expect(await outcomeWhen({ status: 429, headers })).toMatchObject({ retryAfterMs: 7_000 });
  });

  test("401 once the credits are spent", async () => {
    const body = '{"errors":[{"message":"Maximum credits exceeded","field":null,"help":null}]}';
    expect(await outcomeWhen({ status: 401, body })).toEqual({ kind: "accountRefused", detail: "HTTP 401" });
  });
});

test("takes no reports without the key that they are checked with", () => {
  expect(provider.reports).toBeUndefined();
});
