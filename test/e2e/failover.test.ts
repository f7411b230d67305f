import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Gateway, gatewaySecret, startGateway } from "./gateway.ts";
import { ReachableService } from "./reachable-service.ts";

/** Nothing listens on this port. */
const closedPort = "http://127.0.0.1:1";

const started: { stop(): Promise<unknown> }[] = [];
let hanging: Gateway;
let backup: Gateway;
let service: ReachableService;

beforeAll(async () => {
  hanging = await startGateway({ answers: false });
  started.push({ stop: hanging.close });
  backup = await startGateway();
  started.push({ stop: backup.close });
  service = await ReachableService.start(configuration());
  started.push(service);
});
afterAll(async () => {
  for (const one of started.splice(0).reverse()) await one.stop();
});

function configuration(): string {
  const gateway = (url: string) => `{kind: webhook, url: "${url}", secret: ${gatewaySecret}, channels: [sms]`;
  return `
providers:
  dead: ${gateway(closedPort)}}
  failing: ${gateway(closedPort)}}
  hanging: ${gateway(hanging.url)}, timeout: 1500ms}
  backup: ${gateway(backup.url)}, timeout: 20s}
profiles:
  default: {brand: Acme, channels: {sms: [dead, backup]}}
  failing: {brand: Acme, channels: {sms: [failing, backup]}}
  careful: {brand: Acme, channels: {sms: [hanging, backup]}}
  eager: {brand: Acme, channels: {sms: [hanging, backup]}, afterNoAnswer: next}
`;
}

let phones = 0;

async function send(profile: string) {
  phones += 1;
  const phoneNumber = `+4179${7_000_000 + phones}`;
  const sent = await service.grpc.call("SendPasscode", { profile, phoneNumber });
  return { profile, phoneNumber, sent, sessionId: sent.answer.sessionId };
}

/** What is logged of the attempts with a provider that did not accept. */
function failuresOf(provider: string): unknown[] {
  return service.process.stderr
    .map((line) => JSON.parse(line))
    .filter((line) => line.event === "delivery" && line.provider === provider);
}

describe("When the first provider is dead", () => {
  test("the second delivers, one message and one count, and the session names it", async () => {
    const { phoneNumber, sent, sessionId } = await send("default");
    const [message, ...others] = backup.messagesTo(phoneNumber);
    expect(sent).toMatchObject({ code: "OK", answer: { status: "STATUS_PENDING", sendsRemaining: 4 } });
    expect(others).toEqual([]);
    expect(await service.deliveries(sessionId)).toMatchObject([
      { provider: "backup", state: "DELIVERY_STATE_ACCEPTED" },
    ]);
    const verified = await service.http.call("VerifyPasscode", { sessionId, code: message?.code });
    expect(verified.answer.status).toBe("STATUS_APPROVED");
  });

  test("it is passed over after five sends, and the log says so", async () => {
    for (const _ of [1, 2, 3, 4, 5]) expect((await send("failing")).sent.code).toBe("OK");
    const opened = { event: "circuit", provider: "failing", detail: "open", level: "warn" };
    await vi.waitFor(() => {
      const lines = service.process.stderr.map((line) => JSON.parse(line));
      expect(lines).toContainEqual(expect.objectContaining(opened));
    });

    const { sessionId, profile } = await send("failing");
    await vi.waitFor(() => {
      const sends = service.process.stderr.filter((line) => /"profile":"failing".*"event":"call"/.test(line));
      expect(sends).toHaveLength(6);
    });
    expect(failuresOf("failing")).toHaveLength(5);
    expect(await service.deliveries(sessionId, profile)).toMatchObject([{ provider: "backup" }]);
  });
});

describe("When the first provider takes the message and never answers", () => {
  test("nobody else gets it, and the caller is told that nothing is known", async () => {
    const { phoneNumber, sent, profile } = await send("careful");
    expect(sent).toMatchObject({
      code: "UNAVAILABLE",
      reason: "DELIVERY_FAILED",
      metadata: { failure: "NO_ANSWER", provider: "hanging" },
    });
    expect(hanging.messagesTo(phoneNumber)).toHaveLength(1);
    expect(backup.messagesTo(phoneNumber)).toEqual([]);
    expect(await service.deliveries(sent.metadata?.["session_id"], profile)).toMatchObject([
      { provider: "hanging", state: "DELIVERY_STATE_UNKNOWN", failure: "DELIVERY_FAILURE_NO_ANSWER" },
    ]);
  });

  test("with `afterNoAnswer: next` the same code goes out once more, as one send", async () => {
    const { phoneNumber, sent, profile, sessionId } = await send("eager");
    const [unanswered, ...more] = hanging.messagesTo(phoneNumber);
    const [message, ...others] = backup.messagesTo(phoneNumber);
    expect(sent).toMatchObject({ code: "OK", answer: { sendsRemaining: 4 } });
    expect([more, others]).toEqual([[], []]);
    expect(message?.code).toBe(unanswered?.code);
    expect(await service.deliveries(sessionId, profile)).toMatchObject([
      { provider: "backup", state: "DELIVERY_STATE_ACCEPTED" },
    ]);
    const verified = await service.http.call("VerifyPasscode", { profile, sessionId, code: message?.code });
    expect(verified.answer.status).toBe("STATUS_APPROVED");
  });
});
