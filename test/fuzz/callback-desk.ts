import { expect } from "vitest";
import { callbackHandler } from "../../src/callback/callback-handler.ts";
import type { KeyPresses, PostedReports } from "../../src/delivery/provider.ts";
import { sealDelivery } from "../../src/ledger/delivery-token.ts";
import { openSessionId } from "../../src/ledger/session-id.ts";
import { getSession } from "../../src/passcode/get-session.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { HttpServer } from "../../src/rpc/http-server.ts";
import { PortLog } from "../../src/rpc/port-log.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { anybody, passcodesWith, sendRequestWith, type TestPasscodes } from "../support/passcodes.ts";
import { inputMsMax, within } from "./fuzzing.ts";
import { type Connection, http1Connection, type RawAnswer } from "./raw-call.ts";
import { nowMs, type Posted, type Vendor, vendors } from "./vendors.ts";

export const publicUrl = "https://otp.example/hooks";

/** Takes every message, and reports as the vendor does. */
class ReportingProvider extends ScriptedProvider {
  readonly reports: PostedReports;
  readonly keyPresses?: KeyPresses;

  constructor({ reports, keyPresses }: Vendor) {
    super(() => accepted);
    this.reports = reports;
    if (keyPresses !== undefined) this.keyPresses = keyPresses;
  }
}

/** What there is for a request: answered as it ought to be, or told by the connection. */
const known = [200, 400, 403, 404, 405, 408, 413, 415, 431, 503];

/** The port for callbacks, with every vendor there is behind it. */
export class CallbackDesk {
  readonly #passcodes: TestPasscodes;
  readonly #server: HttpServer;
  readonly #connection: Connection;
  readonly #providers: ReadonlyMap<string, ReportingProvider>;

  static async start(): Promise<CallbackDesk> {
    const providers = new Map(
      Object.entries(vendors).map(([name, vendor]) => [name, new ReportingProvider(vendor)]),
    );
    const clock = { nowMs: () => nowMs };
    const channels = new Map([
      ["sms" as const, [{ providers: [{ name: "twilio", weight: 1 }] }]],
      ["voice" as const, [{ providers: [{ name: "twilio", weight: 1 }] }]],
    ]);
    const profile = { keyPress: true, channels };
    const passcodes = await passcodesWith(Object.fromEntries(providers), { clock, publicUrl, profile });
    const log = new PortLog(passcodes.log, "callbacks");
    const server = new HttpServer(callbackHandler(passcodes, { publicUrl, clock, log }), undefined, {
      http2: false,
    });
    const port = await server.listen({ host: "127.0.0.1", port: 0 });
    return new CallbackDesk({ passcodes, server, providers, connection: http1Connection(port) });
  }

  private constructor(parts: {
    passcodes: TestPasscodes;
    server: HttpServer;
    providers: ReadonlyMap<string, ReportingProvider>;
    connection: Connection;
  }) {
    this.#passcodes = parts.passcodes;
    this.#server = parts.server;
    this.#providers = parts.providers;
    this.#connection = parts.connection;
  }

  async end(): Promise<void> {
    this.#connection.close();
    await this.#server.close(AbortSignal.abort());
    await this.#passcodes.store.close();
  }

  async open(
    channel: "sms" | "voice" = "sms",
  ): Promise<{ sessionId: string; code: string; continuePath: string }> {
    const answer = await sendPasscode(this.#passcodes, sendRequestWith({ channel }), anybody);
    if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
    const message = this.#providers.get("twilio")?.messages.at(-1);
    if (message?.channel === "voice") {
      const code = message.speech.parts.find((part) => part.kind === "code")?.characters ?? "";
      const url = message.keyPress?.continueUrl ?? "";
      return { sessionId: answer.sessionId, code, continuePath: url.slice(publicUrl.length) };
    }
    const code = /\d{6}/.exec(message?.channel === "sms" ? message.text : "")?.[0] ?? "";
    return { sessionId: answer.sessionId, code, continuePath: "" };
  }

  /** What stands for the session's send with a vendor. */
  referenceFor(vendor: string, sessionId: string): string {
    const { keys } = this.#passcodes;
    const opened = openSessionId(sessionId, "default", keys);
    if (opened === undefined) throw new Error("no session id of this service");
    const { id, ledger, keyId } = opened;
    const sent = { ledger, sessionId: id, delivery: 0, profileTag: keys.profileTag("default"), keyId };
    return sealDelivery(sent, { provider: vendor, iv: Buffer.alloc(12, 1), keys });
  }

  /** Posts it, and expects one of the answers that there are, and no fault. */
  async post(path: string, { headers, body }: Posted, verb = "POST"): Promise<RawAnswer> {
    const linesBefore = this.#passcodes.logLines.length;
    const answer = await within(inputMsMax, this.#connection.call({ verb, path, headers, body }));
    expect(known).toContain(answer.status);
    expect(this.#passcodes.logLines.slice(linesBefore).join("\n")).not.toContain('"fault"');
    return answer;
  }

  /** The session as it is, with what is known of its send. */
  async standing(sessionId: string) {
    const read = await getSession(this.#passcodes, { profile: "default", sessionId });
    if (read.kind !== "session") throw new Error(`no session: ${read.kind}`);
    const { status, attempts, session } = read.view;
    return { status, attempts, reports: session.deliveries.flatMap(({ reports = [] }) => reports) };
  }
}
