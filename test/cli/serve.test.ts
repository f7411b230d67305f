import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type FaultySmtpServer, startFaultySmtpServer } from "../delivery/smtp/faulty-smtp-server.ts";
import { callConnect, callGrpc, http } from "../rpc/wire.ts";
import { codeIn } from "../support/service.ts";
import {
  development,
  type ServiceProcess,
  spawnServiceProcess,
  startServiceProcess,
  until,
} from "./process.ts";

const started: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.stop();
});

async function serve(yaml?: string): Promise<ServiceProcess> {
  const service = await startServiceProcess(yaml);
  started.push(service);
  return service;
}

const phone = { destination: { case: "phoneNumber", value: "+41791234567" } } as const;
const mail = { destination: { case: "email", value: "someone@b.example" } } as const;

test("serve answers on both ports, with the outbox's messages on standard output and the log on standard error", async () => {
  const service = await serve();
  const { response } = await callGrpc(service, "sendPasscode", phone);
  const [message] = await until(() => (service.messages().length > 0 ? service.messages() : undefined), {
    what: "the message",
  });
  expect(message).toMatchObject({ channel: "sms", to: "+41791234567" });
  const sessionId = response?.sessionId ?? "";
  const reply = await callConnect(service, "verifyPasscode", { sessionId, code: codeIn(message) });
  expect(reply.code).toBe("ok");
  await until(() => /"rpc":"VerifyPasscode"/.exec(service.log()), { what: "the log" });
  expect(service.log()).not.toContain(codeIn(message));
  expect(service.log()).not.toContain("1234567");
});

test("serve warns in development", async () => {
  const service = await serve();
  expect(service.log()).toMatch(/"level":"warn".*development/);
});

test("serve tells how SMS templates of the operator's own travel", async () => {
  const folder = mkdtempSync(join(tmpdir(), "passcode-templates-"));
  started.push({ stop: async () => rmSync(folder, { recursive: true }) });
  writeFileSync(join(folder, "sms.en.liquid"), "Acme: {{ code }}");
  writeFileSync(join(folder, "sms.ru.liquid"), "Код: {{ code }}");
  const service = await serve(development.replace("brand: Acme", `brand: Acme\n    templates: ${folder}`));
  expect(service.log()).toContain('"profile":"default","detail":"GSM-7, 1 segment: en (12 of 160)"');
  expect(service.log()).toContain('"detail":"UCS-2, 1 segment: ru (11 of 70)"');
});

describe.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s", (signal) => {
  test("ends an idle service with 0", async () => {
    const service = await serve();
    await callConnect(service, "sendPasscode", phone);
    service.signal(signal);
    expect(await service.ended).toEqual({ exitCode: 0, signal: null });
    expect(service.log()).toMatch(/"event":"stopping"[\s\S]*"event":"stopped"/);
  });
});

describe("with a slow mail server", () => {
  async function serveSlowMail(timeout: string) {
    const mail: FaultySmtpServer = await startFaultySmtpServer({ greeting: "silence" });
    started.push(mail);
    const account = `{kind: smtp, host: 127.0.0.1, port: ${mail.port}, security: none, from: c@a.example, timeout: ${timeout}}`;
    const service = await serve(
      development.replace("dev: {kind: outbox}", `dev: ${account}`).replace("sms: dev, voice: dev, ", ""),
    );
    return { service, mail };
  }

  test("SIGTERM lets the send in hand finish, takes no other, and ends with 0", async () => {
    const { service, mail: server } = await serveSlowMail("1s");
    const sent = callConnect(service, "sendPasscode", mail);
    await until(() => (server.connections > 0 ? true : undefined), { what: "the send" });
    service.signal("SIGTERM");
    await until(() => /"event":"stopping"/.exec(service.log()), { what: "the stop" });
    await expect(http(service.ports.http, { verb: "GET", path: "/healthz" })).rejects.toThrow(
      /ECONNREFUSED|ECONNRESET/,
    );
    expect(await sent).toMatchObject({ reason: "DELIVERY_FAILED", metadata: { failure: "UNREACHABLE" } });
    expect(await service.ended).toEqual({ exitCode: 0, signal: null });
  });

  test.each(["SIGTERM", "SIGINT"] as const)("a second signal does not wait: %s", async (second) => {
    const { service, mail: server } = await serveSlowMail("20s");
    const sent = callConnect(service, "sendPasscode", mail).catch((error: unknown) => error);
    await until(() => (server.connections > 0 ? true : undefined), { what: "the send" });
    service.signal("SIGTERM");
    await until(() => /"event":"stopping"/.exec(service.log()), { what: "the stop" });
    service.signal(second);
    expect(await service.ended).toEqual({ exitCode: 1, signal: null });
    expect(await sent).toBeInstanceOf(Error);
  });
});

test("SIGTERM closes everything after a request that was too long for its caller to send", async () => {
  const service = await serve();
  const caller = connectHttp2(`http://127.0.0.1:${service.ports.http}`).on("error", () => {});
  const path = "/passcode.v1.PasscodeService/VerifyPasscode";
  const request = caller.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
  request
    .on("error", () => {})
    .resume()
    .end(Buffer.alloc(200_000, " "));
  await once(request, "end");
  // All that could be sent has arrived before it.
  await new Promise((answered) => caller.ping(answered));
  caller.destroy();
  // By then the service knows that the caller has gone.
  await http(service.ports.http, { verb: "GET", path: "/healthz" });
  service.signal("SIGTERM");
  expect(await service.ended).toEqual({ exitCode: 0, signal: null });
  expect(service.log()).toContain('"event":"stopped"');
});

test("SIGTERM in the midst of the start ends it with 0", async () => {
  const redis = createServer((connection) => connection.resume()).listen(0, "127.0.0.1");
  await once(redis, "listening");
  started.push({ stop: async () => redis.close() });
  const { port } = redis.address() as AddressInfo;
  const secret = () => randomBytes(32).toString("base64");
  const service = spawnServiceProcess(`${development}
store: {kind: redis, url: "redis://127.0.0.1:${port}"}
keys: {index: "${secret()}", codes: [{id: 1, secret: "${secret()}"}]}
shutdown: {drain: 100ms}
`);
  started.push(service);
  await once(redis, "connection");
  service.signal("SIGTERM");
  expect(await service.ended).toEqual({ exitCode: 0, signal: null });
});

test("SIGUSR1 opens no inspector, from which anybody on the machine could read the keys", async () => {
  const service = await serve();
  service.signal("SIGUSR1");
  expect((await callGrpc(service, "sendPasscode", phone)).code).toBe("ok");
  service.signal("SIGTERM");
  expect(await service.ended).toEqual({ exitCode: 0, signal: null });
  expect(service.log()).not.toMatch(/debugger|inspect/i);
});

test.each(["grpc", "http"] as const)("a second service on a taken %s port says so and ends", async (port) => {
  const first = await serve();
  const taken = `127.0.0.1:${first.ports[port]}`;
  const config = development.replace(`${port}: "127.0.0.1:0"`, `${port}: "${taken}"`);
  const second = startServiceProcess(config);
  await expect(second).rejects.toThrow(/"event":"cannot start"/);
  await expect(second).rejects.toThrow(/EADDRINUSE/);
  await expect(second).rejects.toThrow(taken);
  expect((await callGrpc(first, "sendPasscode", phone)).code).toBe("ok");
});

test("serve refuses to start insecurely", async () => {
  const second = startServiceProcess(development.replace("development: true\n", ""));
  await expect(second).rejects.toThrow(
    /providers\.dev\.kind: must not be outbox without `development: true`/,
  );
});
