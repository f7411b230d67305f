import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Relay } from "../attack/relay.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { codeIn, wrongCode } from "../support/service.ts";
import { type Caller, grpcCaller, httpCaller, type Reply } from "./caller.ts";
import { writeDevelopmentFile } from "./development-file.ts";
import { ServiceProcess } from "./service-process.ts";

function messagesTo(address: string, services: readonly ServiceProcess[]) {
  return services.flatMap(({ messages }) => messages).filter(({ to }) => to === address);
}

/** The code of the first message, as soon as its line has come through the pipe. */
async function codeSentTo(address: string, services: readonly ServiceProcess[]): Promise<string> {
  return await vi.waitFor(() => codeIn(messagesTo(address, services)[0]));
}

/** Repeats a request until its first call has settled, as REQUEST_IN_PROGRESS asks for. */
async function settled(call: () => Promise<Reply>): Promise<Reply> {
  return await vi.waitFor(async () => {
    const reply = await call();
    expect(reply.reason).not.toBe("REQUEST_IN_PROGRESS");
    return reply;
  });
}

describe("Two processes on one Redis", () => {
  const folder = mkdtempSync(join(tmpdir(), "passcode-e2e-"));
  let configPath: string;
  let redis: RedisServer;
  let services: [ServiceProcess, ServiceProcess];
  let a: Caller;
  let b: Caller;
  let phones = 0;

  beforeAll(async () => {
    redis = await startRedis();
    configPath = writeDevelopmentFile(folder, `{kind: redis, url: "${redis.url}"}`);
    services = await Promise.all([ServiceProcess.start(configPath), ServiceProcess.start(configPath)]);
    a = grpcCaller(services[0].ports.grpc);
    b = httpCaller(services[1].ports.http);
  });
  afterAll(async () => {
    a?.close();
    b?.close();
    await Promise.all((services ?? []).map((service) => service.stop()));
    await redis?.stop();
    rmSync(folder, { recursive: true });
  });

  function freshPhone(): string {
    phones += 1;
    return `+4179${2_000_000 + phones}`;
  }

  async function openOnA() {
    const phoneNumber = freshPhone();
    const { answer } = await a.call("SendPasscode", { phoneNumber });
    return { phoneNumber, sessionId: answer.sessionId, code: await codeSentTo(phoneNumber, services) };
  }

  it("take five sends of a destination between them, and both refuse the sixth", async () => {
    const phoneNumber = freshPhone();
    const outcomes = [];
    for (const caller of [a, b, a, b, a])
      outcomes.push((await caller.call("SendPasscode", { phoneNumber })).code);

    const sixth = [
      await a.call("SendPasscode", { phoneNumber }),
      await b.call("SendPasscode", { phoneNumber }),
    ];

    expect(outcomes).toEqual(["OK", "OK", "OK", "OK", "OK"]);
    expect(sixth.map(({ reason }) => reason)).toEqual(["SEND_LIMIT", "SEND_LIMIT"]);
    await vi.waitFor(() => expect(messagesTo(phoneNumber, services)).toHaveLength(5));
  });

  it("approve a code on the one that did not send it, once between them", async () => {
    const { sessionId, code } = await openOnA();
    const first = await b.call("VerifyPasscode", { sessionId, code });
    const second = await a.call("VerifyPasscode", { sessionId, code });
    expect(first.answer).toMatchObject({ status: "STATUS_APPROVED", attemptCount: 1 });
    expect(second).toMatchObject({ code: "FAILED_PRECONDITION", reason: "SESSION_APPROVED" });
  });

  it("count the tries of a session between them", async () => {
    const { phoneNumber, sessionId, code } = await openOnA();
    const counts = [];
    let step = 0;
    for (const caller of [a, b, a, b, a]) {
      step += 1;
      const { answer } = await caller.call("VerifyPasscode", { sessionId, code: wrongCode(code, step) });
      counts.push(answer.attemptCount);
    }
    const read = await b.call("GetSession", { sessionId });
    const next = await b.call("SendPasscode", { phoneNumber });

    expect(counts).toEqual([1, 2, 3, 4, 5]);
    expect(read.answer.session).toMatchObject({
      status: "STATUS_REJECT",
      reason: "STATUS_REASON_ATTEMPTS_EXHAUSTED",
      attemptCount: 5,
    });
    expect(next.reason).toBe("COOLDOWN");
  });

  it("both know a session as it stands", async () => {
    const { sessionId } = await openOnA();
    const canceled = await b.call("CancelSession", { sessionId });
    const seen = await a.call("GetSession", { sessionId });
    expect(canceled.answer.session).toMatchObject({ reason: "STATUS_REASON_CANCELED" });
    expect(seen.answer.session).toEqual(
      expect.objectContaining({ status: "STATUS_REJECT", reason: "STATUS_REASON_CANCELED" }),
    );
  });

  it("kill a code on both when one cancels it", async () => {
    const { sessionId, code } = await openOnA();
    await b.call("CancelSession", { sessionId });
    const verified = await a.call("VerifyPasscode", { sessionId, code });
    expect(verified.answer).toMatchObject({ status: "STATUS_REJECT", reason: "STATUS_REASON_CANCELED" });
  });

  it("answer a repeated send alike, and send once", async () => {
    const request = { phoneNumber: freshPhone(), requestId: randomUUID() };
    const first = await a.call("SendPasscode", request);
    const second = await b.call("SendPasscode", request);
    await codeSentTo(request.phoneNumber, services);
    expect(second.answer.sessionId).toBe(first.answer.sessionId);
    expect(second.answer.sendsRemaining).toBe(first.answer.sendsRemaining);
    expect(messagesTo(request.phoneNumber, services)).toHaveLength(1);
  });

  it("answer a repeated verification alike, and compare once", async () => {
    const { sessionId, code } = await openOnA();
    const request = { sessionId, code: wrongCode(code), requestId: randomUUID() };
    const first = await a.call("VerifyPasscode", request);
    const second = await b.call("VerifyPasscode", request);
    expect(first.answer.attemptCount).toBe(1);
    expect(second.answer.attemptCount).toBe(1);
    expect((await a.call("GetSession", { sessionId })).answer.session?.attemptCount).toBe(1);
  });

  it.each([
    ["another destination", () => ({ phoneNumber: freshPhone() })],
    ["another purpose", () => ({ purpose: "recovery" })],
    ["another channel", () => ({ channel: "CHANNEL_VOICE" })],
    ["another transaction", () => ({ transaction: { amount: "1.00" } })],
  ])("refuse a request id that the other one knows with %s", async (_, changes) => {
    const request = { phoneNumber: freshPhone(), requestId: randomUUID() };
    await a.call("SendPasscode", request);
    const other: Record<string, string | object> = { ...request, ...changes() };

    const refused = await b.call("SendPasscode", other);

    expect(refused).toMatchObject({ code: "INVALID_ARGUMENT", reason: "REQUEST_ID_REUSED" });
    await codeSentTo(request.phoneNumber, services);
    expect(messagesTo(String(other["phoneNumber"]), [services[1]])).toEqual([]);
  });

  it("send once when the reply of the first is lost and the second is asked again", async () => {
    const relay = await Relay.to(services[0].ports.http);
    const request = { phoneNumber: freshPhone(), requestId: randomUUID() };
    relay.loseAnswers();
    const lost = httpCaller(relay.port)
      .call("SendPasscode", request)
      .catch(() => "lost");
    const code = await codeSentTo(request.phoneNumber, services);
    await relay.close();

    const repeated = await settled(() => b.call("SendPasscode", request));
    const { sessionId } = repeated.answer;
    const verified = await b.call("VerifyPasscode", { sessionId, code });

    expect(await lost).toBe("lost");
    expect(repeated.code).toBe("OK");
    expect(repeated.answer.sendsRemaining).toBe(4);
    expect(verified.answer.status).toBe("STATUS_APPROVED");
    expect(messagesTo(request.phoneNumber, services)).toHaveLength(1);
  });

  it("keep sessions, counts and request ids when one of them is restarted", async () => {
    const requestId = randomUUID();
    const phoneNumber = freshPhone();
    const { answer } = await a.call("SendPasscode", { phoneNumber, requestId });
    const { sessionId } = answer;
    const code = await codeSentTo(phoneNumber, services);
    await a.call("VerifyPasscode", { sessionId, code: wrongCode(code) });

    a.close();
    const exitCode = await services[0].stop();
    const restarted = await ServiceProcess.start(configPath);
    services[0] = restarted;
    a = grpcCaller(restarted.ports.grpc);
    const repeated = await a.call("SendPasscode", { phoneNumber, requestId });
    const next = await a.call("SendPasscode", { phoneNumber });
    const verified = await a.call("VerifyPasscode", { sessionId, code });

    expect(exitCode).toBe(0);
    expect(repeated.answer.sessionId).toBe(sessionId);
    expect(next.answer.sendsRemaining).toBe(3);
    expect(verified.answer).toMatchObject({ status: "STATUS_APPROVED", attemptCount: 2 });
  });
});

describe("A process on a SQLite file, killed after a send", () => {
  let folder: string;
  let killed: ServiceProcess;
  let service: ServiceProcess;
  let caller: Caller;
  const request = { phoneNumber: "+41791234567", requestId: randomUUID() };
  let sessionId: string | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "passcode-e2e-"));
    const configPath = writeDevelopmentFile(folder, "{kind: sqlite, path: passcode.db}");
    killed = await ServiceProcess.start(configPath);
    caller = httpCaller(killed.ports.http);
    ({ sessionId } = (await caller.call("SendPasscode", request)).answer);
    await codeSentTo(request.phoneNumber, [killed]);
    const code = wrongCode(codeIn(killed.messages[0]));
    await caller.call("VerifyPasscode", { sessionId, code });
    await killed.kill();
    service = await ServiceProcess.start(configPath);
    caller = httpCaller(service.ports.http);
  });
  afterEach(async () => {
    await service?.stop();
    rmSync(folder, { recursive: true });
  });

  it("has lost nothing when it is started again", async () => {
    const read = await caller.call("GetSession", { sessionId });
    const repeated = await caller.call("SendPasscode", request);
    const reused = await caller.call("SendPasscode", { ...request, purpose: "login" });
    const next = await caller.call("SendPasscode", { phoneNumber: request.phoneNumber });
    const code = codeIn(killed.messages[0]);
    const verified = await caller.call("VerifyPasscode", { sessionId, code });

    expect(read.answer.session).toMatchObject({ status: "STATUS_PENDING", attemptCount: 1 });
    expect(repeated.answer.sessionId).toBe(sessionId);
    expect(reused.reason).toBe("REQUEST_ID_REUSED");
    expect(next.answer.sendsRemaining).toBe(3);
    expect(verified.answer).toMatchObject({ status: "STATUS_APPROVED", attemptCount: 2 });
    await vi.waitFor(() => expect(service.messages).toHaveLength(1));
  });
});

describe("A process on a SQLite file, killed under load", () => {
  const folder = mkdtempSync(join(tmpdir(), "passcode-e2e-"));
  let service: ServiceProcess;
  afterAll(async () => {
    await service?.stop();
    rmSync(folder, { recursive: true });
  });

  it("knows every session and every try that it has answered for", async () => {
    const configPath = writeDevelopmentFile(folder, "{kind: sqlite, path: passcode.db}");
    service = await ServiceProcess.start(configPath);
    const caller = grpcCaller(service.ports.grpc);
    const answered: { sessionId: string | undefined; attempts: number }[] = [];
    const calls = Array.from({ length: 100 }, async (_, index) => {
      const { answer } = await caller.call("SendPasscode", { phoneNumber: `+4179${3_000_000 + index}` });
      const { sessionId } = answer;
      if (sessionId === undefined) return;
      const session = { sessionId, attempts: 0 };
      answered.push(session);
      for (const code of ["000001", "000002", "000003", "000004"]) {
        const verified = await caller.call("VerifyPasscode", { sessionId, code });
        session.attempts = verified.answer.attemptCount ?? session.attempts;
      }
    });

    await vi.waitUntil(() => answered.length >= 30, { interval: 1 });
    await service.kill();
    await Promise.all(calls);
    caller.close();
    service = await ServiceProcess.start(configPath);
    const restarted = httpCaller(service.ports.http);
    const lost = [];
    for (const { sessionId, attempts } of answered) {
      const { answer } = await restarted.call("GetSession", { sessionId });
      if ((answer.session?.attemptCount ?? -1) < attempts) lost.push(sessionId);
    }

    expect(answered.length).toBeGreaterThanOrEqual(30);
    expect(lost).toEqual([]);
  });
});
