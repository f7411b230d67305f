import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { callbackHandler } from "../../src/callback/callback-handler.ts";
import { systemClock } from "../../src/clock.ts";
import type { Callback, KeyPresses, PostedReports, Report, Speech } from "../../src/delivery/provider.ts";
import { standingOf } from "../../src/ledger/delivery-standing.ts";
import { cancelSession } from "../../src/passcode/cancel-session.ts";
import { getSession } from "../../src/passcode/get-session.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { HttpServer } from "../../src/rpc/http-server.ts";
import { PortLog } from "../../src/rpc/port-log.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { anybody, passcodesWith, sendRequestWith, type TestPasscodes } from "../support/passcodes.ts";

/** A vendor whose requests carry the header `signed: yes`, and whose reports are their bodies. */
class TalkingProvider extends ScriptedProvider {
  readonly callbacks: Callback[] = [];
  /** What the judgement of a report waits for. */
  judging: Promise<void> = Promise.resolve();

  readonly reports: PostedReports = {
    read: async (callback) => {
      this.callbacks.push(callback);
      await this.judging;
      if (callback.headers["signed"] === "later") return { kind: "refused", why: "no key", again: true };
      if (callback.headers["signed"] !== "yes") return { kind: "refused", why: "no signature" };
      const reports = JSON.parse(callback.body.toString()) as Report[];
      const { reference = "" } = callback;
      return { kind: "reports", reports: reports.map((report) => ({ ...report, reference })) };
    },
  };

  readonly keyPresses: KeyPresses = {
    read: async (callback) => {
      if (callback.headers["signed"] !== "yes") return { kind: "refused", why: "no signature" };
      return { kind: callback.body.toString() === "5" ? "pressed" : "missed" };
    },
    answer: (speech) => ({ contentType: "application/x-speech", body: speech ? said(speech) : "hang up" }),
  };
}

function said({ parts }: Speech): string {
  return parts.map((part) => (part.kind === "code" ? `[${part.characters}]` : part.text)).join(" ");
}

const publicUrl = "https://otp.example/codes";

let vendor: TalkingProvider;
let passcodes: TestPasscodes;
let server: HttpServer;
let port: number;

beforeEach(async () => {
  vendor = new TalkingProvider(() => accepted);
  passcodes = await passcodesWith(
    { sms: vendor, voice: vendor, mute: new ScriptedProvider(() => accepted) },
    { publicUrl, profile: { keyPress: true } },
  );
  const log = new PortLog(passcodes.log, "callbacks");
  server = new HttpServer(callbackHandler(passcodes, { publicUrl, clock: systemClock, log }), undefined, {
    log,
  });
  port = await server.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => server.close(AbortSignal.abort()));

interface Posting {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

function post(path: string, { method = "POST", headers = { signed: "yes" }, body = "[]" }: Posting = {}) {
  return new Promise<{ status: number; type: string; body: string }>((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, method, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      const type = response.headers["content-type"] ?? "";
      resolve({ status: response.statusCode ?? 0, type, body: Buffer.concat(chunks).toString() });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Sends a code and answers what the vendor was told, and how to see what became of it. */
async function sent(channel: "sms" | "voice" = "sms") {
  const answer = await sendPasscode(passcodes, sendRequestWith({ channel }), anybody);
  if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
  const { sessionId } = answer;
  const message = vendor.messages.at(-1);
  const reportPath = (vendor.handovers.at(-1)?.reportUrl ?? "").slice(publicUrl.length);
  const keyPressUrl = message?.channel === "voice" ? (message.keyPress?.continueUrl ?? "") : "";
  const speech = message?.channel === "voice" ? message.speech : undefined;
  const state = async () => {
    const read = await getSession(passcodes, { profile: "default", sessionId });
    const delivery = read.kind === "session" ? read.view.session.deliveries[0] : undefined;
    return delivery && standingOf(delivery).state;
  };
  return { sessionId, reportPath, callPath: keyPressUrl.slice(publicUrl.length), speech, state };
}

const delivered = JSON.stringify([{ state: "delivered" }]);

describe("A report", () => {
  test("that the provider's client believes is recorded", async () => {
    const { reportPath, state } = await sent();
    expect(await post(reportPath, { body: delivered })).toMatchObject({ status: 200 });
    expect(await state()).toBe("delivered");
  });

  test("that it does not believe is refused, logged, and changes nothing", async () => {
    const { reportPath, state } = await sent();
    expect(await post(reportPath, { body: delivered, headers: {} })).toMatchObject({ status: 403 });
    expect(await state()).toBe("accepted");
    const line = passcodes.logLines.map((text) => JSON.parse(text)).at(-1);
    expect(line).toMatchObject({ event: "callback refused", provider: "sms", peer: "127.0.0.1" });
    expect(line).toMatchObject({ detail: "no signature" });
  });

  test("that cannot be judged now is asked for again", async () => {
    const { reportPath, state } = await sent();
    expect(await post(reportPath, { body: delivered, headers: { signed: "later" } })).toMatchObject({
      status: 503,
    });
    expect(await state()).toBe("accepted");
  });

  test("is judged by its body as it came and by the URL as the vendor called it", async () => {
    const { reportPath } = await sent();
    await post(`${reportPath}?a=%41&b`, { body: "[ ]" });
    expect(vendor.callbacks[0]).toMatchObject({
      method: "POST",
      url: `${publicUrl}${reportPath}?a=%41&b`,
      body: Buffer.from("[ ]"),
      reference: vendor.handovers[0]?.reference,
    });
  });

  test("is found behind a proxy that leaves the path of the public URL where it is", async () => {
    const { reportPath } = await sent();
    await post(`/codes${reportPath}`, { body: "[]" });
    expect(vendor.callbacks[0]?.url).toBe(`${publicUrl}${reportPath}`);
  });

  test("about a message of another provider, or of nobody's, is taken and changes nothing", async () => {
    const { reportPath, state } = await sent();
    const elsewhere = reportPath.replace("/reports/sms/", "/reports/voice/");
    expect(await post(elsewhere, { body: delivered })).toMatchObject({ status: 200 });
    expect(await post("/reports/sms/AAAA", { body: delivered })).toMatchObject({ status: 200 });
    expect(await state()).toBe("accepted");
    expect(passcodes.logLines.join("")).toContain("about no message of this service");
  });

  test("is asked for again while it cannot be recorded", async () => {
    const { reportPath } = await sent();
    await passcodes.store.close();
    expect(await post(reportPath, { body: delivered })).toMatchObject({ status: 503 });
  });

  test.each([
    ["/", 404],
    ["/reports", 404],
    ["/reports/", 404],
    ["/reports/sms/a/b", 404],
    ["/reports/sms/%2e%2e", 404],
    ["/passcode.v1.PasscodeService/SendPasscode", 404],
  ])("to %s finds nothing", async (path, status) => {
    expect(await post(path)).toMatchObject({ status });
  });

  test.each([
    ["GET", {}, 405],
    ["POST", {}, 403],
    ["POST", { "content-encoding": "gzip" }, 415],
  ])("by %s with %j tells nobody which providers there are", async (method, headers, status) => {
    const answers = [];
    for (const path of [
      "/reports/sms",
      "/reports/mute",
      "/reports/nobody",
      "/calls/mute/AAAA",
      "/calls/no/A",
    ]) {
      answers.push(await post(path, { method, headers, body: "" }));
    }
    expect(answers).toEqual(answers.map(() => ({ status, type: "text/plain", body: "" })));
  });

  test.each(["GET", "PUT", "DELETE", "OPTIONS"])("cannot be made by %s", async (method) => {
    const { reportPath, state } = await sent();
    expect(await post(reportPath, { method, body: "" })).toMatchObject({ status: 405 });
    expect(await state()).toBe("accepted");
  });

  test("may be of 256 KiB and no more", async () => {
    const { reportPath } = await sent();
    const longest = `[]${" ".repeat(256 * 1024 - 2)}`;
    expect(await post(reportPath, { body: longest })).toMatchObject({ status: 200 });
    expect(await post(reportPath, { body: `${longest} ` })).toMatchObject({ status: 413 });
  });

  test("far too long is refused before it has come whole", async () => {
    const { reportPath } = await sent();
    const connection = connect(port, "127.0.0.1");
    connection.write(`POST ${reportPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\n`);
    connection.write(Buffer.alloc(256 * 1024 + 1));
    const [answer] = await once(connection, "data");
    expect(String(answer)).toContain("HTTP/1.1 413 ");
    connection.destroy();
  });

  test("in too many pieces is refused long before it is too long", async () => {
    const { reportPath } = await sent();
    const connection = connect(port, "127.0.0.1");
    let answer = "";
    connection.on("data", (chunk) => {
      answer += chunk;
    });
    connection.setNoDelay(true);
    connection.write(`POST ${reportPath} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`);
    for (let piece = 0; answer === "" && piece < 20_000; piece++) {
      await new Promise((written) => connection.write("1\r\n \r\n", written));
      // One is read by itself before the next one comes, as far as that can be had.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(answer).toContain("HTTP/1.1 413 ");
    connection.destroy();
  });

  test("that breaks off is left out, and is nobody's fault", async () => {
    const { reportPath } = await sent();
    const before = passcodes.logLines.length;
    const connection = connect(port, "127.0.0.1");
    connection.write(`POST ${reportPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n[`);
    connection.end();
    await once(connection.resume(), "close");
    expect(await post(reportPath)).toMatchObject({ status: 200 });
    expect(vendor.callbacks).toHaveLength(1);
    expect(passcodes.logLines.slice(before)).toEqual([]);
  });

  test("is taken while others are as slow as they like: the one arriving longest gives way", async () => {
    const { reportPath } = await sent();
    const begin = `POST ${reportPath} HTTP/1.1\r\nhost: x\r\nsigned: yes\r\ncontent-length: 2\r\n\r\n`;
    const first = connect(port, "127.0.0.1");
    const gone = once(first.resume(), "close");
    first.write(begin);
    const others = Array.from({ length: 220 }, () => connect(port, "127.0.0.1").on("error", () => {}));
    for (const connection of others) connection.write(begin);
    await gone;
    for (const _ of [1, 2, 3]) expect(await post(reportPath)).toMatchObject({ status: 200 });
    expect(passcodes.logLines.join("")).toContain("the request gave way to a new one");
    for (const connection of others) connection.destroy();
  });

  test("gives way to none of another peer, who has more of them", async () => {
    const { reportPath } = await sent();
    const begin = `POST ${reportPath} HTTP/1.1\r\nhost: x\r\nsigned: yes\r\ncontent-length: 2\r\n\r\n`;
    const slow = connect({ port, host: "127.0.0.1", localAddress: "127.0.0.2" });
    slow.write(begin);
    const first = connect(port, "127.0.0.1");
    const gone = once(first.resume(), "close");
    first.write(begin);
    const others = Array.from({ length: 220 }, () => connect(port, "127.0.0.1").on("error", () => {}));
    for (const connection of others) connection.write(begin);
    await gone;
    slow.write("[]");
    expect(String((await once(slow, "data"))[0])).toContain("HTTP/1.1 200 ");
    for (const connection of [slow, ...others]) connection.destroy();
  });

  test("finds 200 others being judged and is put off, until one of them is done", async () => {
    const { reportPath } = await sent();
    const judging = Promise.withResolvers<void>();
    vendor.judging = judging.promise;
    const others = Array.from({ length: 200 }, () => post(reportPath));
    await vi.waitFor(() => expect(vendor.callbacks).toHaveLength(200));
    expect(await post(reportPath)).toMatchObject({ status: 503 });
    judging.resolve();
    expect(new Set((await Promise.all(others)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(await post(reportPath)).toMatchObject({ status: 200 });
  });

  test("must not be compressed, as a small one could become a large one", async () => {
    const { reportPath } = await sent();
    const headers = { signed: "yes", "content-encoding": "gzip" };
    expect(await post(reportPath, { headers })).toMatchObject({ status: 415 });
  });
});

describe("A key press", () => {
  test("has the call say the code, and tells that it was heard", async () => {
    const { callPath, speech, state } = await sent("voice");
    const answer = await post(callPath, { body: "5" });
    expect(answer).toEqual({
      status: 200,
      type: "application/x-speech",
      body: speech && said(speech),
    });
    expect(answer.body).toMatch(/\[\d{6}\]/);
    expect(await state()).toBe("delivered");
  });

  test("that never came ends the call, which has failed", async () => {
    const { callPath, state } = await sent("voice");
    expect(await post(callPath, { body: "" })).toMatchObject({ status: 200, body: "hang up" });
    expect(await state()).toBe("undelivered");
  });

  test("is what tells that a code was heard: a voicemail takes calls, too", async () => {
    const { reportPath, state } = await sent("voice");
    await post(reportPath, { body: delivered });
    expect(await state()).toBe("accepted");
  });

  test("that the provider's client does not believe is told nothing", async () => {
    const { callPath } = await sent("voice");
    expect(await post(callPath, { body: "5", headers: {} })).toEqual({
      status: 403,
      type: "text/plain",
      body: "",
    });
  });

  test("is told no code that is dead", async () => {
    const { callPath, sessionId, state } = await sent("voice");
    await cancelSession(passcodes, { profile: "default", sessionId });
    expect(await post(callPath, { body: "5" })).toMatchObject({ status: 200, body: "hang up" });
    expect(await state()).toBe("accepted");
  });

  test("with a script that was changed, cut, or made for another provider is told nothing", async () => {
    const { callPath } = await sent("voice");
    const last = callPath.endsWith("A") ? "B" : "A";
    const changed = `${callPath.slice(0, 60)}${callPath[60] === "x" ? "y" : "x"}${callPath.slice(61)}`;
    for (const path of [
      `${callPath.slice(0, -2)}${last}${last}`,
      callPath.slice(0, -10),
      changed,
      callPath.replace("/calls/voice/", "/calls/sms/"),
    ]) {
      expect(await post(path, { body: "5" })).toMatchObject({ status: 200, body: "hang up" });
    }
  });

  test("is asked for at a URL that holds no code", async () => {
    const { callPath, speech } = await sent("voice");
    const code = speech?.parts.find((part) => part.kind === "code")?.characters ?? "none";
    expect(Buffer.from(callPath.split("/").at(-1) ?? "", "base64url").toString("latin1")).not.toContain(code);
    expect(callPath).not.toContain(code);
  });
});
