import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseMail } from "../delivery/smtp/raw-mail.ts";
import { type Exim, startExim } from "../support/exim.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { wrongCode } from "../support/service.ts";
import { type Caller, grpcCaller, httpCaller } from "./caller.ts";
import { ServiceProcess } from "./service-process.ts";

const apiKey = `passcode_${randomBytes(32).toString("base64url")}`;
const redisPassword = randomBytes(16).toString("hex");
const folder = mkdtempSync(join(tmpdir(), "passcode-e2e-"));
let exim: Exim;
let redis: RedisServer;
let service: ServiceProcess;

beforeAll(async () => {
  [exim, redis] = await Promise.all([
    startExim(),
    startRedis([`user passcode on >${redisPassword} ~* &* +@all`]),
  ]);
  writeFileSync(join(folder, "mail-ca.pem"), exim.caPem);
  writeFileSync(join(folder, "passcode.yaml"), configuration());
  service = await ServiceProcess.start(join(folder, "passcode.yaml"), {
    INDEX_KEY: randomBytes(32).toString("base64"),
    CODE_KEY: randomBytes(32).toString("base64"),
    REDIS_PASSWORD: redisPassword,
    SMTP_PASSWORD: exim.password,
  });
});
afterAll(async () => {
  await service?.stop();
  await Promise.all([exim?.stop(), redis?.stop()]);
  rmSync(folder, { recursive: true });
});

function configuration(): string {
  return `
listen:
  grpc: 127.0.0.1:0
  http: 127.0.0.1:0
apiKeys:
  - name: shop
    sha256: "${createHash("sha256").update(apiKey).digest("hex")}"
keys:
  index: \${INDEX_KEY}
  codes:
    - id: 1
      secret: \${CODE_KEY}
store:
  kind: redis
  url: ${redis.url}
  username: passcode
  password: \${REDIS_PASSWORD}
providers:
  mail:
    kind: smtp
    host: ${exim.host}
    port: ${exim.starttlsPort}
    security: starttls
    username: ${exim.username}
    password: \${SMTP_PASSWORD}
    from: codes@acme.test
    ca: mail-ca.pem
profiles:
  default:
    brand: Acme
    channels:
      email: mail
`;
}

describe.each([
  ["gRPC", "grpc", grpcCaller],
  ["HTTP", "http", httpCaller],
] as const)("Over %s, with a real mail server and a real Redis", (_, transport, callerOf) => {
  let caller: Caller;
  beforeAll(() => {
    caller = callerOf(service.ports[transport], apiKey);
  });
  afterAll(() => caller.close());

  const addressOf = (name: string) => `${name}@${transport}.example.test`;

  async function codeMailedTo(email: string): Promise<string> {
    const mail = parseMail(await exim.waitForMessage(email));
    const text = mail.parts.find(({ type }) => type === "text/plain")?.text ?? "";
    const code = /^ {2}(\d{6})$/m.exec(text)?.[1];
    if (code === undefined) throw new Error(`no code in: ${text}`);
    return code;
  }

  async function open(name: string): Promise<{ email: string; sessionId: string; code: string }> {
    const email = addressOf(name);
    const { answer } = await caller.call("SendPasscode", { email });
    return { email, sessionId: answer.sessionId ?? "", code: await codeMailedTo(email) };
  }

  it("the code in the mail is approved", async () => {
    const email = addressOf("approved");
    const sent = await caller.call("SendPasscode", { email });
    const code = await codeMailedTo(email);
    const { sessionId } = sent.answer;
    const verified = await caller.call("VerifyPasscode", { sessionId, code });

    expect(sent).toMatchObject({
      code: "OK",
      answer: { status: "STATUS_PENDING", attemptCount: 0, attemptsRemaining: 5, sendsRemaining: 4 },
    });
    expect(sent.answer.maskedDestination).not.toContain("approved");
    expect(verified).toMatchObject({
      code: "OK",
      answer: { sessionId, status: "STATUS_APPROVED", attemptCount: 1 },
    });
  });

  it("the code is approved once", async () => {
    const { sessionId, code } = await open("once");
    await caller.call("VerifyPasscode", { sessionId, code });
    const second = await caller.call("VerifyPasscode", { sessionId, code });
    expect(second).toMatchObject({ code: "FAILED_PRECONDITION", reason: "SESSION_APPROVED" });
  });

  it("five wrong codes end the session, and its destination cools down", async () => {
    const { email, sessionId, code } = await open("guessed");

    const verdicts = [];
    for (const step of [1, 2, 3, 4, 5]) {
      const { answer } = await caller.call("VerifyPasscode", { sessionId, code: wrongCode(code, step) });
      verdicts.push(`${answer.status} ${answer.reason} ${answer.attemptCount}`);
    }
    const right = await caller.call("VerifyPasscode", { sessionId, code });
    const next = await caller.call("SendPasscode", { email });

    expect(verdicts).toEqual([
      "STATUS_PENDING STATUS_REASON_WRONG_CODE 1",
      "STATUS_PENDING STATUS_REASON_WRONG_CODE 2",
      "STATUS_PENDING STATUS_REASON_WRONG_CODE 3",
      "STATUS_PENDING STATUS_REASON_WRONG_CODE 4",
      "STATUS_REJECT STATUS_REASON_ATTEMPTS_EXHAUSTED 5",
    ]);
    expect(right.answer).toMatchObject({ status: "STATUS_REJECT", attemptCount: 5 });
    expect(next).toMatchObject({
      code: "RESOURCE_EXHAUSTED",
      reason: "COOLDOWN",
      metadata: { rule: "cooldown", scope: "destination" },
    });
    expect(next.retrySeconds).toBeGreaterThan(0);
    expect(next.retrySeconds).toBeLessThanOrEqual(600);
    expect(await exim.messagesFor(email)).toHaveLength(1);
  });

  it("a mailbox that the mail server refuses is a failed delivery, and counts as a send", async () => {
    const email = addressOf("reject");

    const first = await caller.call("SendPasscode", { email });
    const sessionId = first.metadata?.["session_id"];
    const read = await caller.call("GetSession", { sessionId });
    const more = [];
    for (let send = 2; send <= 6; send += 1) more.push((await caller.call("SendPasscode", { email })).reason);

    expect(first).toMatchObject({
      code: "UNAVAILABLE",
      reason: "DELIVERY_FAILED",
      metadata: { failure: "DESTINATION_REFUSED", provider: "mail" },
    });
    expect(read.answer.session).toMatchObject({
      status: "STATUS_PENDING",
      deliveries: [{ state: "DELIVERY_STATE_FAILED", failure: "DELIVERY_FAILURE_DESTINATION_REFUSED" }],
    });
    expect(more).toEqual([
      "DELIVERY_FAILED",
      "DELIVERY_FAILED",
      "DELIVERY_FAILED",
      "DELIVERY_FAILED",
      "SEND_LIMIT",
    ]);
  });

  it("a key that nobody holds is refused, and nothing is mailed", async () => {
    const email = addressOf("stranger");
    const stranger = callerOf(service.ports[transport], `${apiKey}x`);
    const refused = await stranger.call("SendPasscode", { email });
    stranger.close();
    expect(refused).toMatchObject({ code: "UNAUTHENTICATED", reason: "CREDENTIALS_INVALID" });
    expect(await exim.messagesFor(email)).toEqual([]);
  });
});

describe("A session", () => {
  it("opened over gRPC is verified over HTTP", async () => {
    const over = {
      grpc: grpcCaller(service.ports.grpc, apiKey),
      http: httpCaller(service.ports.http, apiKey),
    };
    const email = "both@example.test";
    const { answer } = await over.grpc.call("SendPasscode", { email });
    const mail = parseMail(await exim.waitForMessage(email));
    const code = /^ {2}(\d{6})$/m.exec(mail.parts[0]?.text ?? "")?.[1];
    const verified = await over.http.call("VerifyPasscode", { sessionId: answer.sessionId, code });
    over.grpc.close();
    expect(verified.answer.status).toBe("STATUS_APPROVED");
  });

  it("leaves nothing on the standard output of a service that mails its codes", () => {
    expect(service.stdout).toEqual([]);
  });
});
