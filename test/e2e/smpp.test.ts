import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis } from "../support/redis.ts";
import { login, type Smsc, startSmsc } from "../support/smsc.ts";
import { type Caller, grpcCaller } from "./caller.ts";
import { writeServiceFile } from "./service-file.ts";
import { ServiceProcess } from "./service-process.ts";

/*
 * Two instances with one account at a carrier, each bound over a connection of its own. The
 * carrier, whose end of each a process plays, delivers the receipt of a message over
 * whichever it likes.
 */

const started: { stop(): Promise<unknown> }[] = [];
const folder = mkdtempSync(join(tmpdir(), "passcode-e2e-"));
let configPath: string;
let first: Instance;
let second: Instance;

beforeAll(async () => {
  const redis = await startRedis();
  started.push(redis);
  configPath = writeServiceFile(folder, configuration(redis.url));
  first = await Instance.start();
  second = await Instance.start();
});
afterAll(async () => {
  for (const one of started.splice(0).reverse()) await one.stop();
  rmSync(folder, { recursive: true });
});

class Instance {
  readonly smsc: Smsc;
  service: ServiceProcess;
  caller: Caller;
  #binds = 1;

  static async start(): Promise<Instance> {
    const smsc = await startSmsc();
    started.push(smsc);
    const service = await ServiceProcess.start(configPath, { SMSC_PORT: String(smsc.port) });
    const instance = new Instance(smsc, service);
    started.push(instance);
    await smsc.until("bind_transceiver");
    return instance;
  }

  private constructor(smsc: Smsc, service: ServiceProcess) {
    this.smsc = smsc;
    this.service = service;
    this.caller = grpcCaller(service.ports.grpc);
  }

  async kill(): Promise<void> {
    this.caller.close();
    await this.service.kill();
  }

  /** Starts it again after it was killed. */
  async restart(): Promise<void> {
    this.service = await ServiceProcess.start(configPath, { SMSC_PORT: String(this.smsc.port) });
    this.caller = grpcCaller(this.service.ports.grpc);
    this.#binds += 1;
    await this.smsc.until("bind_transceiver", this.#binds);
  }

  /** Has a code sent; the carrier gives its message the id. */
  async send(id: string) {
    phones += 1;
    await this.smsc.tell({ do: "plan", submits: [{ id }] });
    const submitted = this.smsc.events.filter(({ event }) => event === "submit_sm").length;
    const sent = await this.caller.call("SendPasscode", { phoneNumber: `+4179${6_000_000 + phones}` });
    const { text } = await this.smsc.until("submit_sm", submitted + 1);
    return { sent, sessionId: sent.answer.sessionId, code: /\d{6}/.exec(String(text))?.[0] };
  }

  /** Delivers a receipt over the connection of this instance; tells the status that it is answered with. */
  async receipt(id: string, stat: string): Promise<unknown> {
    seq += 1;
    const answered = this.smsc.events.filter(({ event }) => event === "deliver_sm_resp").length;
    const text = `id:${id} sub:001 dlvrd:001 submit date:2601010100 done date:2601010101 stat:${stat} err:000 text:`;
    await this.smsc.tell({ do: "deliver", seq, text });
    const answer = await this.smsc.until("deliver_sm_resp", answered + 1);
    expect(answer["seq"]).toBe(seq);
    return answer["status"];
  }

  async deliveries(sessionId: string | undefined) {
    return (await this.caller.call("GetSession", { sessionId })).answer.session?.deliveries;
  }

  async stop(): Promise<void> {
    this.caller.close();
    await this.service.stop();
  }
}

let phones = 0;
let seq = 1_000;

function configuration(redisUrl: string): string {
  return `
store: {kind: redis, url: "${redisUrl}"}
providers:
  carrier:
    kind: smpp
    host: 127.0.0.1
    port: \${SMSC_PORT}
    tls: false
    systemId: ${login.systemId}
    password: ${login.password}
    from: Acme
profiles:
  default:
    brand: Acme
    channels:
      sms: carrier
`;
}

const delivered = [{ provider: "carrier", state: "DELIVERY_STATE_DELIVERED" }];

test("the code in the message is approved, by either instance", async () => {
  const { sent, sessionId, code } = await first.send("one");
  const verified = await second.caller.call("VerifyPasscode", { sessionId, code });
  expect(sent).toMatchObject({ code: "OK", answer: { sendsRemaining: 4 } });
  expect(verified.answer.status).toBe("STATUS_APPROVED");
});

test("a receipt counts over the connection of the instance that did not send the message", async () => {
  const { sessionId } = await first.send("two");
  expect(await first.deliveries(sessionId)).toMatchObject([{ state: "DELIVERY_STATE_ACCEPTED" }]);
  expect(await second.receipt("two", "DELIVRD")).toBe(0);
  expect(await first.deliveries(sessionId)).toMatchObject(delivered);
  expect(await second.deliveries(sessionId)).toMatchObject(delivered);
});

test("a receipt of failure tells its class, and the one that comes late and says otherwise is the truth", async () => {
  const { sessionId } = await second.send("three");
  expect(await first.receipt("three", "REJECTD")).toBe(0);
  expect(await second.deliveries(sessionId)).toMatchObject([
    { state: "DELIVERY_STATE_FAILED", failure: "DELIVERY_FAILURE_UNDELIVERED" },
  ]);
  expect(await second.receipt("three", "DELIVRD")).toBe(0);
  expect(await first.deliveries(sessionId)).toMatchObject(delivered);
});

test("a receipt of nobody's message is to be delivered again later, and changes nothing", async () => {
  const { sessionId } = await first.send("four");
  expect(await second.receipt("nobodys", "DELIVRD")).not.toBe(0);
  expect(await first.deliveries(sessionId)).toMatchObject([{ state: "DELIVERY_STATE_ACCEPTED" }]);
});

test("receipts count after the instance that sent the messages was killed, and when it is back", async () => {
  const meanwhile = await first.send("five");
  const after = await first.send("six");
  await first.kill();
  expect(await second.receipt("five", "DELIVRD")).toBe(0);
  await first.restart();
  expect(await first.receipt("six", "DELIVRD")).toBe(0);
  expect(await second.deliveries(meanwhile.sessionId)).toMatchObject(delivered);
  expect(await second.deliveries(after.sessionId)).toMatchObject(delivered);
});
