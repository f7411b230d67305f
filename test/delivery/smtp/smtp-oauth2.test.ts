import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { OAuth2Settings } from "../../../src/delivery/smtp/access-tokens.ts";
import { SmtpProvider, type SmtpSettings } from "../../../src/delivery/smtp/smtp.ts";
import { type Exim, startExim } from "../../support/exim.ts";
import { startFaultySmtpServer } from "./faulty-smtp-server.ts";
import { granted, refused, startTokenServer } from "./token-server.ts";

const handover = { withinMs: 60_000 };
const message = {
  channel: "email",
  to: "someone@example.test",
  senderName: "Acme",
  subject: "Your Acme code",
  text: "Your Acme code is 471902",
  html: "<p>Your Acme code is 471902</p>",
} as const;

let exim: Exim;
const opened: SmtpProvider[] = [];
const clock = { ms: 0, nowMs: () => clock.ms };

beforeAll(async () => {
  exim = await startExim();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((provider) => provider.close()));
});
afterAll(async () => {
  await exim?.stop();
});

const client = { clientId: "acme-client", clientSecret: "acme-secret" };

function accountAt(oauth2: OAuth2Settings | undefined, changes: Partial<SmtpSettings> = {}): SmtpProvider {
  clock.ms = Date.UTC(2026, 11, 1, 12);
  const settings: SmtpSettings = {
    host: exim.host,
    port: exim.tokenPort,
    security: "starttls",
    username: exim.username,
    from: "codes@acme.test",
    ca: exim.caPem,
    timeoutMs: 5_000,
    // Each message has a connection, and so a login, of its own.
    connectionsMax: 8,
    ...(oauth2 !== undefined && { oauth2 }),
  };
  const provider = new SmtpProvider({ ...settings, ...changes }, clock);
  opened.push(provider);
  return provider;
}

/** Several at once, each of which logs in. */
function sendAtOnce(provider: SmtpProvider, count: number) {
  return Promise.all(Array.from({ length: count }, () => provider.send(message, handover)));
}

const accepted = { kind: "accepted" };

describe("a mail server that takes tokens alone", () => {
  test("takes the message of a client with credentials of its own", async () => {
    const { tokenUrl, requests } = await startTokenServer(granted("token-1"));
    exim.takeToken("token-1");
    const scope = "https://outlook.office365.com/.default";
    expect(await accountAt({ tokenUrl, ...client, scope }).send(message, handover)).toMatchObject(accepted);
    expect(requests.map((form) => Object.fromEntries(form))).toEqual([
      { grant_type: "client_credentials", client_id: "acme-client", client_secret: "acme-secret", scope },
    ]);
  });

  test("takes the message of a client with a refresh token, and the renewed one counts from then on", async () => {
    const { tokenUrl, requests } = await startTokenServer(
      granted("token-1", { expires_in: "3600", refresh_token: "refresh-2" }),
      granted("token-2"),
    );
    const provider = accountAt({ tokenUrl, ...client, refreshToken: "refresh-1" });
    exim.takeToken("token-1");
    expect(await provider.send(message, handover)).toMatchObject(accepted);
    clock.ms += 3_600_000;
    exim.takeToken("token-2");
    expect(await sendAtOnce(provider, 2)).toMatchObject([accepted, accepted]);
    expect(requests.map((form) => [form.get("grant_type"), form.get("refresh_token")])).toEqual([
      ["refresh_token", "refresh-1"],
      ["refresh_token", "refresh-2"],
    ]);
  });

  test("is told no password", async () => {
    const provider = accountAt(undefined, { password: exim.password });
    expect(await provider.send(message, handover)).toEqual({
      kind: "accountRefused",
      detail: "NO_PASSWORD_LOGIN",
    });
  });

  test("that takes a token no more is sent a new one, once", async () => {
    const { tokenUrl, requests } = await startTokenServer(granted("token-1"), granted("token-2"));
    const provider = accountAt({ tokenUrl, ...client });
    exim.takeToken("token-1");
    await provider.send(message, handover);
    exim.takeToken("token-2");
    // One of them goes over the connection that is open.
    expect(await sendAtOnce(provider, 3)).toMatchObject([accepted, accepted, accepted]);
    expect(requests).toHaveLength(2);
  });

  test("that takes no token at all refuses the account, with no second fetched", async () => {
    const { tokenUrl, requests } = await startTokenServer(granted("token-1"));
    exim.takeToken("another");
    expect(await accountAt({ tokenUrl, ...client }).send(message, handover)).toEqual({
      kind: "accountRefused",
      detail: "535",
    });
    expect(requests).toHaveLength(1);
  });
});

test("a server that explains in a challenge why it does not take a token refuses the account", async () => {
  const { tokenUrl, requests } = await startTokenServer(granted("token-1"));
  const server = await startFaultySmtpServer({ AUTH: { say: "334 eyJzdGF0dXMiOiI0MDEifQ==" } });
  const inClear = { port: server.port, security: "none" } as const;
  const outcome = await accountAt({ tokenUrl, ...client }, inClear).send(message, handover);
  expect(outcome).toEqual({ kind: "accountRefused", detail: "TOKEN_REFUSED" });
  expect(requests).toHaveLength(1);
  await server.stop();
});

describe("an authorization server", () => {
  test.each([
    [refused("invalid_client", 401), "accountRefused", "token invalid_client"],
    [refused("invalid_grant"), "accountRefused", "token invalid_grant"],
    [refused("words_of_the_server"), "accountRefused", "token HTTP 400"],
    [{ status: 404, body: "" }, "accountRefused", "token HTTP 404"],
    [{ status: 200, body: { token: "token-1" } }, "accountRefused", "token HTTP 200"],
    [granted("two words"), "accountRefused", "token HTTP 200"],
    [{ status: 429, body: "" }, "overloaded", "token HTTP 429"],
    [{ status: 503, body: "" }, "overloaded", "token HTTP 503"],
    ["hangUp", "unreachable", "token UND_ERR_SOCKET"],
  ] as const)("that answers %j leaves the message unsent", async (answer, kind, detail) => {
    const { tokenUrl } = await startTokenServer(answer);
    exim.takeToken("token-1");
    expect(await accountAt({ tokenUrl, ...client }).send(message, handover)).toEqual({ kind, detail });
  });

  test("that says nothing is not waited for longer than the account's bound", async () => {
    const { tokenUrl } = await startTokenServer("silence");
    const outcome = await accountAt({ tokenUrl, ...client }, { timeoutMs: 500 }).send(message, handover);
    expect(outcome.kind).toBe("unreachable");
  });
});
