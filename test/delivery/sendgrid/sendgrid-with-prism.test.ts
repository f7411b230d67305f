import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SendGridProvider } from "../../../src/delivery/sendgrid/sendgrid.ts";
import { startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import { type Prism, startPrism } from "../../support/prism.ts";
import { apiKey, clock, message, settingsFor } from "./account.ts";

const description = fileURLToPath(new URL("tsg_mail_v3.json", import.meta.url));
const handover = { reference: "AbCd-1234_reference", withinMs: 10_000, connectWithinMs: 10_000 };

let prism: Prism;

beforeAll(async () => {
  prism = await startPrism(description);
});
afterAll(() => prism.stop());

async function outcomeAt(baseUrl: string, changes: { apiKey?: string; to?: string } = {}) {
  const { to = message.to, ...settings } = changes;
  const provider = new SendGridProvider(
    { ...settingsFor(baseUrl), timeoutMs: 10_000, connectTimeoutMs: 10_000, ...settings },
    clock,
  );
  try {
    return await provider.send({ ...message, to }, handover);
  } finally {
    await provider.close();
  }
}

describe("by SendGrid's own description of its API", () => {
  test("what is sent is a mail, and is accepted", async () => {
    expect(await outcomeAt(prism.url)).toEqual({ kind: "accepted" });
  });

  test("a request without a key is one of no account", async () => {
    expect(await outcomeAt(prism.url, { apiKey: "" })).toEqual({
      kind: "accountRefused",
      detail: "HTTP 401",
    });
  });

  test("a mail to an address without a domain is a bad request", async () => {
    expect(await outcomeAt(prism.url, { to: "someone@nowhere" })).toMatchObject({ detail: "HTTP 400" });
  });

  test.each([
    [400, "accountRefused"],
    [401, "accountRefused"],
    [403, "accountRefused"],
    [404, "accountRefused"],
    [405, "accountRefused"],
    [413, "accountRefused"],
    [500, "noAnswer"],
  ])("the answer that it documents for %i means %s", async (status, kind) => {
    const documented = await fetch(`${prism.url}/v3/mail/send`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${apiKey}`,
        "content-type": "application/json",
        prefer: `code=${status}`,
      },
      body: JSON.stringify({
        personalizations: [{ to: [{ email: message.to }] }],
        from: { email: "codes@acme.test" },
      }),
    });
    expect(documented.status).toBe(status);
    const server = await startFaultyHttpServer();
    server.behave({ kind: "answer", status, body: await documented.text() });
    expect(await outcomeAt(server.url)).toEqual({ kind, detail: `HTTP ${status}` });
    await server.close();
  });
});
