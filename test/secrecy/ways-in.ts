import { Code, ConnectError, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import type { CanaryCaller } from "./canaries.ts";

/** What a client was sent with each answer besides its message: headers and trailers, and all of an error. */
class Envelopes {
  readonly texts: string[] = [];

  readonly interceptor: Interceptor = (next) => async (request) => {
    try {
      const answer = await next(request);
      this.texts.push(...textsOf(answer.header), ...textsOf(answer.trailer));
      return answer;
    } catch (error) {
      const { message, metadata, details, cause } = ConnectError.from(error);
      this.texts.push(message, ...textsOf(metadata), JSON.stringify(details, asText), String(cause));
      throw error;
    }
  };
}

/** As they are, and what is in those that are binary. */
function textsOf(headers: Headers): string[] {
  return [...headers].flatMap(([name, value]) => [
    `${name}: ${value}`,
    ...(name.endsWith("-bin") ? [Buffer.from(value, "base64").toString("latin1")] : []),
  ]);
}

function asText(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value;
}

/** A life of a session by every protocol of either port, and what each told beside its messages. */
export async function answersOfAllWays(
  ports: { readonly grpc: number; readonly http: number },
  { apiKey, caller }: { apiKey: string; caller: CanaryCaller },
): Promise<string[]> {
  const envelopes = new Envelopes();
  const authenticate: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${apiKey}`);
    return next(request);
  };
  const interceptors = [authenticate, envelopes.interceptor];
  const [grpc, http] = [ports.grpc, ports.http].map((port) => `http://127.0.0.1:${port}`) as [string, string];
  const transports: Transport[] = [
    createGrpcTransport({ baseUrl: grpc, interceptors }),
    createGrpcTransport({ baseUrl: http, interceptors }),
    createGrpcWebTransport({ baseUrl: http, httpVersion: "1.1", interceptors }),
    createGrpcWebTransport({ baseUrl: http, httpVersion: "2", interceptors }),
    createConnectTransport({ baseUrl: http, httpVersion: "1.1", useBinaryFormat: true, interceptors }),
    createConnectTransport({ baseUrl: http, httpVersion: "2", useBinaryFormat: false, interceptors }),
    createConnectTransport({ baseUrl: http, httpVersion: "2", useHttpGet: true, interceptors }),
  ];
  for (const transport of transports) await life(transport, caller);
  return envelopes.texts;
}

async function life(transport: Transport, caller: CanaryCaller): Promise<void> {
  const client = createClient(PasscodeService, transport);
  const phoneNumber = caller.phone();
  const destination = { case: "phoneNumber", value: phoneNumber } as const;
  const refused = (call: Promise<unknown>, code: Code) =>
    call.then(
      () => Promise.reject(new Error(`not refused with ${Code[code]}`)),
      (error: unknown) => (ConnectError.from(error).code === code ? undefined : Promise.reject(error)),
    );
  const { sessionId } = await client.sendPasscode({ destination });
  const code = await caller.shownTo(phoneNumber);
  await refused(client.verifyPasscode({ sessionId, code: `${code.slice(1)}x` }), Code.InvalidArgument);
  await client.verifyPasscode({ sessionId, code, purpose: "other" });
  await client.getSession({ sessionId });
  await client.verifyPasscode({ sessionId, code });
  await refused(client.verifyPasscode({ sessionId, code }), Code.FailedPrecondition);
  await refused(client.verifyPasscode({ sessionId: "A".repeat(44), code }), Code.NotFound);
  for (const _ of [2, 3, 4, 5]) await client.sendPasscode({ destination });
  await refused(client.sendPasscode({ destination }), Code.ResourceExhausted);
  await refused(
    client.sendPasscode({ destination: { case: "email", value: `@${code}` } }),
    Code.InvalidArgument,
  );
}
