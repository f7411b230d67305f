import { readFile } from "node:fs/promises";
import { Writable } from "node:stream";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import type { Config } from "../../src/config/config.ts";
import { embeddedConfig } from "../../src/config/embedded.ts";
import type { Route } from "../../src/delivery/route.ts";
import { systemRandom } from "../../src/random.ts";
import { startServer } from "../../src/server.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { refuseLeaks, watchCalls, watchMessage } from "./leak-watch.ts";

/** A message the outbox was handed, as its JSON line tells it. */
export interface OutboxMessage {
  time: string;
  channel: "sms" | "voice" | "email";
  to: string;
  text: string;
  subject?: string;
  html?: string;
}

export type PasscodeClient = Client<typeof PasscodeService>;

/** A service of its own in this process, on free ports, with the embedded configuration but for `changes`. */
export interface TestService {
  readonly config: Config;
  /** 0 where nothing listens. */
  readonly ports: { readonly grpc: number; readonly http: number; readonly callbacks: number };
  /** One client for each transport: gRPC at the grpc-js server, Connect at the connect-node server. */
  readonly clients: { readonly grpc: PasscodeClient; readonly connect: PasscodeClient };
  /** What the outbox was handed, oldest first. */
  readonly messages: OutboxMessage[];
  /** Every log line, debug included. */
  readonly logLines: string[];
  /** Rejects if a code or a destination that a test file was sent or handed in has leaked. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  clock?: Clock;
  /** What the clients present. */
  apiKey?: string;
  /** Keeps a message in the outbox's hands until it resolves: the outbox has it, and has not said so yet. */
  beforeAccepted?: (message: OutboxMessage) => Promise<void>;
}

export async function startService(
  changes: Partial<Config> = {},
  { clock = systemClock, apiKey, beforeAccepted = async () => {} }: ServiceOptions = {},
): Promise<TestService> {
  const config: Config = {
    ...embeddedConfig(systemRandom),
    listen: { grpc: { host: "127.0.0.1", port: 0 }, http: { host: "127.0.0.1", port: 0 } },
    log: { level: "debug" },
    ...changes,
  };
  const messages: OutboxMessage[] = [];
  const logLines: string[] = [];
  const server = await startServer(config, {
    clock,
    random: systemRandom,
    log: createLog(config.log.level, { write: (line) => logLines.push(line) }),
    outbox: {
      out: lineWriter(async (line) => {
        const message = JSON.parse(line) as OutboxMessage;
        messages.push(message);
        watchMessage(message);
        await beforeAccepted(message);
      }),
      readable: false,
    },
  });
  const { grpc = 0, http = 0, callbacks = 0 } = server.ports;
  const authenticate: Interceptor = (next) => (request) => {
    if (apiKey !== undefined) request.header.set("authorization", `Bearer ${apiKey}`);
    return next(request);
  };
  const told: string[] = [];
  const interceptors = [authenticate, watchCalls(told)];
  return {
    config,
    ports: { grpc, http, callbacks },
    clients: {
      grpc: createClient(
        PasscodeService,
        createGrpcTransport({ baseUrl: `http://127.0.0.1:${grpc}`, interceptors }),
      ),
      connect: createClient(
        PasscodeService,
        createConnectTransport({ baseUrl: `http://127.0.0.1:${http}`, httpVersion: "1.1", interceptors }),
      ),
    },
    messages,
    logLines,
    stop: async () => {
      const records = await storedTexts(config.store);
      await server.stop();
      refuseLeaks("the log", logLines);
      refuseLeaks("what callers were told", told);
      refuseLeaks("the store", records);
    },
  };
}

/** What a store in a file has written so far, its journal included. */
async function storedTexts(store: Config["store"]): Promise<string[]> {
  if (store.kind !== "sqlite") return [];
  const files = ["", "-wal"].map((suffix) => readFile(`${store.path}${suffix}`, "latin1").catch(() => ""));
  return await Promise.all(files);
}

/** The profile `default` of the embedded configuration, changed. */
export function profileWith(changes: Partial<ReturnType<typeof embeddedProfile>>): Pick<Config, "profiles"> {
  return { profiles: new Map([["default", { ...embeddedProfile(), ...changes }]]) };
}

/** A channel's route through the one provider. */
export function routeBy(name: string): Route {
  return [{ providers: [{ name, weight: 1 }] }];
}

function embeddedProfile() {
  const profile = embeddedConfig(systemRandom).profiles.get("default");
  if (profile === undefined) throw new Error("the embedded configuration has a default profile");
  return profile;
}

/** The code in a message. */
export function codeIn(message: OutboxMessage | undefined): string {
  const spoken = message?.channel === "voice";
  const text = spoken ? message.text.replaceAll(/(?<=\d)\. (?=\d)/g, "") : (message?.text ?? "");
  const code = /(?<!\d)\d{4,10}(?!\d)/.exec(text)?.[0];
  if (code === undefined) throw new Error("the message has no code");
  return code;
}

/** A well-formed code that is not `code`; `step` makes different ones. */
export function wrongCode(code: string, step = 1): string {
  return String((Number(code) + step) % 10 ** code.length).padStart(code.length, "0");
}

function lineWriter(onLine: (line: string) => Promise<void>): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const lines = chunk.toString().split("\n").filter(Boolean);
      Promise.all(lines.map(onLine)).then(() => done(), done);
    },
  });
}
