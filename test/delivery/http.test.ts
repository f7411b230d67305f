import { once } from "node:events";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HttpClient, type HttpClientSettings, outcomeOfStatus } from "../../src/delivery/http.ts";
import { certificate, key } from "../config/certificate.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../support/faulty-http-server.ts";

/** Longer than a test may take: a bound that is never reached. */
const never = 60_000;
/** For what does not come. */
const soon = 150;
/** For what does not come after something that does, on a busy machine too. */
const later = 600;
const unhurried = { withinMs: never, connectWithinMs: never };

let server: FaultyHttpServer;
const clients: HttpClient[] = [];
const listeners: Server[] = [];

beforeEach(async () => {
  server = await startFaultyHttpServer();
});
afterEach(async () => {
  await server.close();
  for (const listener of listeners.splice(0)) listener.close();
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function clientWith(changes: Partial<HttpClientSettings> = {}): HttpClient {
  const client = new HttpClient({ timeoutMs: never, connectTimeoutMs: never, ...changes });
  clients.push(client);
  return client;
}

const to = (url: string, body = "{}") => ({ url, headers: {}, body });

async function portOf(listener: Server): Promise<number> {
  listeners.push(listener);
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return (listener.address() as AddressInfo).port;
}

describe("a request", () => {
  test("is one POST of the body as it is, with the headers given and the length in bytes", async () => {
    server.behave({ kind: "answer", status: 200 });
    const request = { url: `${server.url}/v1/send?to=all`, headers: { "x-key": "k" }, body: "„Zürich“ 🔑" };
    await clientWith().post(request, unhurried);
    expect(server.requests).toHaveLength(1);
    const [{ method, url, headers, body } = {}] = server.requests;
    expect({ method, url, body }).toEqual({ method: "POST", url: "/v1/send?to=all", body: request.body });
    expect(headers).toMatchObject({ "x-key": "k", "content-length": "18" });
  });

  test("is answered with the status, the headers and the body", async () => {
    const headers = { "X-Message-Id": "m1" };
    server.behave({ kind: "answer", status: 202, headers, body: "größer" });
    expect(await clientWith().post(to(server.url), unhurried)).toMatchObject({
      kind: "answered",
      status: 202,
      headers: { "x-message-id": "m1" },
      body: "größer",
      bodyIsWhole: true,
    });
  });

  test.each([301, 302, 303, 307, 308])("is not taken elsewhere by a redirect with %i", async (status) => {
    const elsewhere = await startFaultyHttpServer();
    elsewhere.behave({ kind: "answer", status: 200 });
    server.behave({ kind: "answer", status, headers: { location: elsewhere.url } });
    expect(await clientWith().post(to(server.url), unhurried)).toMatchObject({ kind: "answered", status });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  test("is not repeated when the connection breaks", async () => {
    server.behave({ kind: "reset" });
    expect(await clientWith().post(to(server.url), unhurried)).toMatchObject({ kind: "noAnswer" });
    expect(server.requests).toHaveLength(1);
  });

  test("that fails says so in no word of the server's", async () => {
    server.behave({ kind: "garbage" });
    const result = await clientWith().post(to(server.url), unhurried);
    expect(result).toEqual({ kind: "noAnswer", detail: "HTTPParserError" });
  });
});

test("requests wait for no other: each that finds no free connection opens one", async () => {
  server.behave({ kind: "silence" });
  const client = clientWith({ timeoutMs: later });
  const answers = Array.from({ length: 100 }, () => client.post(to(server.url), unhurried));
  await vi.waitUntil(() => server.requests.length === 100);
  await Promise.all(answers);
});

describe("nothing has left for a server", () => {
  test("that does not listen", async () => {
    const { url } = server;
    await server.close();
    expect(await clientWith().post(to(url), unhurried)).toEqual({
      kind: "unreachable",
      detail: "ECONNREFUSED",
    });
    server = await startFaultyHttpServer();
  });

  test("that has no address", async () => {
    const result = await clientWith().post(to("https://gateway.invalid/"), {
      ...unhurried,
      connectWithinMs: soon,
    });
    expect(result).toMatchObject({ kind: "unreachable" });
  });

  test.each<[string, Partial<HttpClientSettings>, Partial<typeof unhurried>]>([
    ["the caller has", {}, { connectWithinMs: soon }],
    ["the settings allow", { connectTimeoutMs: soon }, {}],
    ["the whole attempt has", {}, { withinMs: soon }],
  ])("that never ends the handshake, in the time that %s", async (_, settings, bounds) => {
    const heard: Buffer[] = [];
    const port = await portOf(createServer((socket) => socket.on("data", (chunk) => heard.push(chunk))));
    const result = await clientWith(settings).post(to(`https://localhost:${port}/`, "the code"), {
      ...unhurried,
      ...bounds,
    });
    expect(result).toEqual({
      kind: "unreachable",
      detail: expect.stringMatching(/^(timeout|UND_ERR_CONNECT_TIMEOUT)$/),
    });
    expect(Buffer.concat(heard).toString("latin1")).not.toContain("the code");
  });

  test("that speaks no TLS where TLS is asked for", async () => {
    const result = await clientWith().post(to(server.url.replace("http:", "https:")), unhurried);
    expect(result).toMatchObject({ kind: "unreachable", detail: expect.stringMatching(/^[A-Z0-9_]+$/) });
    expect(server.requests).toEqual([]);
  });

  test("whose certificate nobody vouches for, or is another's", async () => {
    const port = await portOf(createHttpsServer({ cert: certificate, key }, (_, answer) => answer.end()));
    expect(await clientWith().post(to(`https://localhost:${port}/`), unhurried)).toEqual({
      kind: "unreachable",
      detail: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    const trusting = clientWith({ ca: certificate });
    expect(await trusting.post(to(`https://localhost:${port}/`), unhurried)).toMatchObject({
      kind: "answered",
      status: 200,
    });
    expect(await trusting.post(to(`https://127.0.0.1:${port}/`), unhurried)).toEqual({
      kind: "unreachable",
      detail: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });

  test("once the client is closed", async () => {
    server.behave({ kind: "answer", status: 200 });
    const client = clientWith();
    await client.close();
    expect(await client.post(to(server.url), unhurried)).toMatchObject({ kind: "unreachable" });
    expect(server.requests).toEqual([]);
  });
});

describe("something may have left for a server", () => {
  test.each<[string, Partial<HttpClientSettings>, Partial<typeof unhurried>]>([
    ["the caller has", {}, { withinMs: later }],
    ["the settings allow", { timeoutMs: later }, {}],
  ])("that stays silent for the time that %s, though it connected at once", async (_, settings, bounds) => {
    server.behave({ kind: "silence" });
    const result = await clientWith(settings).post(to(server.url), { ...unhurried, ...bounds });
    expect(result).toEqual({ kind: "noAnswer", detail: "timeout" });
    expect(server.requests).toHaveLength(1);
  });
});

test("a client may be closed more than once, also while a request is under way", async () => {
  server.behave({ kind: "silence" });
  const client = clientWith({ timeoutMs: later });
  const posting = client.post(to(server.url), unhurried);
  await Promise.all([client.close(), client.close()]);
  await client.close();
  expect(await posting).toMatchObject({ detail: expect.stringMatching(/^(timeout|UND_ERR_[A-Z]+)$/) });
});

test("connecting ends when there is a connection: the answer may take longer than it", async () => {
  const answer = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
  const port = await portOf(
    createServer((socket) => socket.once("data", () => setTimeout(() => socket.end(answer), 2 * later))),
  );
  const result = await clientWith({ connectTimeoutMs: later }).post(to(`http://localhost:${port}/`), {
    ...unhurried,
    connectWithinMs: later,
  });
  expect(result).toMatchObject({ kind: "answered", status: 202 });
});

describe("of an answer's body", () => {
  const sixtyFourKiB = 64 * 1024;

  test("64 KiB are read", async () => {
    const body = "x".repeat(sixtyFourKiB);
    server.behave({ kind: "answer", status: 200, body });
    expect(await clientWith().post(to(server.url), unhurried)).toMatchObject({ body, bodyIsWhole: true });
  });

  test.each<[string, Parameters<FaultyHttpServer["behave"]>[0]]>([
    ["that is longer", { kind: "answer", status: 503, body: "x".repeat(sixtyFourKiB + 1) }],
    ["that breaks off", { kind: "resetInBody", status: 503, body: '{"code":' }],
  ])("nothing of one %s, and its status counts", async (_, behaviour) => {
    server.behave(behaviour);
    expect(await clientWith().post(to(server.url), unhurried)).toMatchObject({
      kind: "answered",
      status: 503,
      body: "",
      bodyIsWhole: false,
    });
  });

  test.each<[string, string, Partial<typeof unhurried>]>([
    ["never ends, when the time is up", "", { withinMs: later }],
    ["never stops coming", "x".repeat(1024), {}],
  ])("nothing of one that %s", async (_, chunk, bounds) => {
    const port = await portOf(
      createServer((socket) => {
        socket.on("error", () => {});
        socket.write("HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n");
        const more = () => socket.writable && socket.write(`400\r\n${chunk}\r\n`, more);
        if (chunk !== "") more();
      }),
    );
    const result = await clientWith().post(to(`http://localhost:${port}/`), { ...unhurried, ...bounds });
    expect(result).toMatchObject({ kind: "answered", status: 202, body: "", bodyIsWhole: false });
  });
});

describe("an answer without a vendor's code", () => {
  const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  const outcome = (status: number, retryAfter?: string) =>
    outcomeOfStatus(
      { status, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } },
      nowMs,
    );

  test.each([
    [200, "noAnswer"],
    [204, "noAnswer"],
    [301, "accountRefused"],
    [400, "accountRefused"],
    [401, "accountRefused"],
    [404, "accountRefused"],
    [408, "noAnswer"],
    [429, "overloaded"],
    [500, "noAnswer"],
    [502, "noAnswer"],
    [503, "overloaded"],
    [504, "noAnswer"],
    [520, "noAnswer"],
    [524, "noAnswer"],
    [599, "noAnswer"],
  ])("with %i means %s", (status, kind) => {
    expect(outcome(status).kind).toBe(kind);
    expect(outcome(status)).toHaveProperty("detail", expect.stringContaining(`HTTP ${status}`));
  });

  test.each<[string, number]>([
    ["0", 0],
    ["120", 120_000],
    ["1.5", 1_500],
    ["0.0004", 1],
    ["999999", 999_999_000],
    // In seconds since 1970.
    ["1767323075", 30_000],
    ["1767323075.5", 30_500],
    ["1767323000", 0],
    ["Fri, 02 Jan 2026 03:04:35 GMT", 30_000],
    ["Friday, 02-Jan-26 03:04:35 GMT", 30_000],
    ["Fri Jan  2 03:04:35 2026", 30_000],
    ["Fri Jan 02 03:04:35 2026", 30_000],
    ["Fri, 02 Jan 2026 03:00:00 GMT", 0],
  ])("asks to be left alone by Retry-After: %s", (value, retryAfterMs) => {
    expect(outcome(429, value)).toEqual({ kind: "overloaded", detail: "HTTP 429", retryAfterMs });
    expect(outcome(503, value)).toHaveProperty("retryAfterMs", retryAfterMs);
  });

  test.each([
    "",
    "-1",
    "1.",
    ".5",
    "+5",
    "1e3",
    "17673230750",
    "soon",
    "Fri Jan  2 03:04:35 2026 +0200",
    "Fri, 2 Jan 2026 03:04:35 +0000",
    "2026-01-02T03:04:35",
    "Fri, 99 Jan 2026 03:04:35 GMT",
  ])("asks for no time by Retry-After: %s", (value) => {
    expect(outcome(429, value)).toEqual({ kind: "overloaded", detail: "HTTP 429" });
  });
});
