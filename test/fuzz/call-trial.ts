import { create, fromBinary, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { expect } from "vitest";
import {
  GetSessionRequestSchema,
  GetSessionResponseSchema,
  PasscodeService,
  VerifyPasscodeResponseSchema,
} from "../../gen/passcode/v1/passcode_service_pb.ts";
import { Status } from "../../gen/passcode/v1/session_pb.ts";
import type { MethodName } from "../rpc/wire.ts";
import { codeIn, startService, type TestService } from "../support/service.ts";
import { canary, type Input, standingId, wrongCode } from "./call-inputs.ts";
import { inputMsMax, within } from "./fuzzing.ts";
import { type Connection, framed, http1Connection, http2Connection, type Told, toldBy } from "./raw-call.ts";

export interface Protocol {
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether a message stands in a frame, as in gRPC and gRPC-Web. */
  readonly isFramed: boolean;
}

const [grpcDeadline, connectDeadline] = [{ "grpc-timeout": "8S" }, { "connect-timeout-ms": "8000" }];

export const protocols = {
  grpc: { type: "application/grpc", headers: { te: "trailers", ...grpcDeadline }, isFramed: true },
  grpcWeb: { type: "application/grpc-web+proto", headers: grpcDeadline, isFramed: true },
  connect: { type: "application/proto", headers: connectDeadline, isFramed: false },
  connectJson: { type: "application/json", headers: connectDeadline, isFramed: false },
} as const satisfies Record<string, Protocol>;

/** To gRPC's own port over HTTP/2, and to the port of Connect. */
export type Way = "grpc" | "http2" | "http1";

/** Rules refuse too: they cannot be told from the refusals of a message, and need not be. */
export const refusals = ["invalid_argument", "not_found", "resource_exhausted", "failed_precondition"];

/** A session has five tries; one that has used so many is left alone. */
const attemptsMax = 3;

export function pathOf(method: MethodName): string {
  return `/${PasscodeService.typeName}/${PasscodeService.method[method].name}`;
}

export interface TrialOptions {
  /** The codes that an answer may have besides `ok`. */
  readonly allowed?: readonly string[];
  readonly verb?: string;
  readonly path?: string;
}

/** A service that inputs are tried on, with a session in it of which everything is known. */
export class CallTrial {
  readonly #service: TestService;
  readonly #ways: Readonly<Record<Way, Connection>>;
  #sessionId = "";
  #attempts = attemptsMax;
  #sessions = 0;

  static async start(): Promise<CallTrial> {
    return new CallTrial(await startService());
  }

  private constructor(service: TestService) {
    const { grpc, http } = service.ports;
    this.#service = service;
    this.#ways = { grpc: http2Connection(grpc), http2: http2Connection(http), http1: http1Connection(http) };
  }

  async end(): Promise<void> {
    for (const way of Object.values(this.#ways)) way.close();
    await this.#service.stop();
  }

  /**
   * Expects the input to be answered, in time, with `ok` or an allowed code; that what is
   * refused is neither sent nor counted nor said again; and that no code is right.
   */
  async try(
    way: Way,
    protocol: Protocol,
    { method, secret, body }: Input,
    { allowed = refusals, verb = "POST", path = pathOf(method) }: TrialOptions = {},
  ): Promise<void> {
    await this.#renewSession();
    const { messages, logLines } = this.#service;
    const [sentBefore, linesBefore] = [messages.length, logLines.length];

    const told = await this.#call(way, protocol, {
      verb,
      path: path.replaceAll(standingId, this.#sessionId),
      body: this.#withSession(body),
    });

    expect(["ok", ...allowed]).toContain(told.code);
    const isOk = told.code === "ok";
    if (!isOk) for (const said of [secret, canary]) expect(told.everything).not.toContain(said);
    expect(messages.length - sentBefore).toBe(isOk && method === "sendPasscode" ? 1 : 0);
    if (isOk && method === "verifyPasscode") {
      expect(statusIn(told, protocol)).toBe(Status.PENDING);
      this.#attempts += 1;
    }
    const lines = logLines.slice(linesBefore).join("\n");
    for (const said of ['"fault"', canary, ...(method === "sendPasscode" ? [secret] : [])]) {
      expect(lines).not.toContain(said);
    }
    await this.#expectGoingOn(way);
  }

  /** The next call on the connection is a call like any other, and finds counted what was answered and no more. */
  async #expectGoingOn(way: Way): Promise<void> {
    const message = toBinary(
      GetSessionRequestSchema,
      create(GetSessionRequestSchema, { sessionId: this.#sessionId }),
    );
    const protocol = way === "grpc" ? protocols.grpc : protocols.connect;
    const body = protocol.isFramed ? framed(message) : message;
    const read = await this.#call(way, protocol, { verb: "POST", path: pathOf("getSession"), body });
    expect(read.code).toBe("ok");
    const { session } = fromBinary(GetSessionResponseSchema, read.message);
    expect(session).toMatchObject({ status: Status.PENDING, attemptCount: this.#attempts });
  }

  async #call(
    way: Way,
    { type, headers }: Protocol,
    request: { verb: string; path: string; body: Uint8Array },
  ): Promise<Told> {
    const typed = type === "" ? headers : { "content-type": type, ...headers };
    return toldBy(await within(inputMsMax, this.#ways[way].call({ ...request, headers: typed })));
  }

  /** Its code has another digit in each place than the wrong one, so that no small change makes that right. */
  async #renewSession(): Promise<void> {
    while (this.#attempts >= attemptsMax) {
      this.#sessions += 1;
      const destination = { case: "email" as const, value: `s${this.#sessions}@b.example` };
      const { sessionId } = await this.#service.clients.grpc.sendPasscode({
        destination,
        purpose: "payment",
      });
      const code = codeIn(this.#service.messages.at(-1));
      if ([...code].some((digit, index) => digit === wrongCode[index])) continue;
      this.#sessionId = sessionId;
      this.#attempts = 0;
    }
  }

  #withSession(body: Uint8Array): Buffer {
    const bytes = Buffer.from(body);
    for (let at = bytes.indexOf(standingId); at >= 0; at = bytes.indexOf(standingId)) {
      bytes.write(this.#sessionId, at);
    }
    return bytes;
  }
}

function statusIn({ message }: Told, { type }: Protocol): Status {
  const schema = VerifyPasscodeResponseSchema;
  const isJson = type.toLowerCase().startsWith("application/json");
  return isJson
    ? fromJson(schema, JSON.parse(message.toString()) as JsonValue).status
    : fromBinary(schema, message).status;
}
