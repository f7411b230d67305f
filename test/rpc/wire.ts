import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import {
  create,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import * as grpc from "@grpc/grpc-js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from "../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import type { TestService } from "../support/service.ts";

/*
 * Calls as bytes and lines, below any client library of the service's own kind: what is
 * sent can be wrong in every way, and what comes back is all that a caller could see.
 */

/** Where a service listens for its procedures. */
type Ports = { readonly ports: Pick<TestService["ports"], "grpc" | "http"> };
const methods = PasscodeService.method;
export type MethodName = keyof typeof methods;
export type Init<M extends MethodName> = MessageInitShape<(typeof methods)[M]["input"]>;
type Answer<M extends MethodName> = MessageShape<(typeof methods)[M]["output"]>;

/** An answer, or an error with all that says what it is. */
export interface Reply<M extends MethodName = MethodName> {
  /** `ok`, or the name of a code, such as `invalid_argument`. */
  readonly code: string;
  readonly response?: Answer<M>;
  readonly message: string;
  readonly reason?: string;
  readonly domain?: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The fields that BadRequest names. */
  readonly fields: readonly string[];
  readonly retryDelayMs?: number;
  readonly quota?: { readonly subject: string; readonly metric: string; readonly value: number };
  /** The HTTP header, or the entry of gRPC's trailing metadata. */
  readonly retryAfter?: string;
  /** Of the response as a whole, over HTTP. */
  readonly httpStatus?: number;
  /** Everything that came back, for a search: texts, headers, and details decoded. */
  readonly everything: string;
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly deadline?: Date;
}

export type Transport = <M extends MethodName>(
  service: Ports,
  method: M,
  request: Init<M>,
  options?: CallOptions,
) => Promise<Reply<M>>;

/** Both ways in, with one request and one reply for both. */
export const transports: readonly (readonly [string, Transport])[] = [
  ["gRPC", callGrpc],
  ["Connect", callConnect],
];

export async function callGrpc<M extends MethodName>(
  service: Ports,
  method: M,
  request: Init<M>,
  options: CallOptions = {},
): Promise<Reply<M>> {
  const { input, name } = methods[method];
  const bytes = toBinary<DescMessage>(input, create<DescMessage>(input, request));
  const reply = await grpcBytes(service, `/${PasscodeService.typeName}/${name}`, bytes, options);
  if (reply.bytes === undefined) return reply;
  return { ...reply, response: fromBinary<DescMessage>(methods[method].output, reply.bytes) as Answer<M> };
}

export async function callConnect<M extends MethodName>(
  service: Ports,
  method: M,
  request: Init<M>,
  { headers, deadline }: CallOptions = {},
): Promise<Reply<M>> {
  const { input } = methods[method];
  const json = toJson<DescMessage>(input, create<DescMessage>(input, request));
  const timeout =
    deadline === undefined ? {} : { "connect-timeout-ms": String(deadline.getTime() - Date.now()) };
  return await connectBody(service, method, JSON.stringify(json), { headers: { ...headers, ...timeout } });
}

/** A unary gRPC call with these bytes as its message. */
export async function grpcBytes(
  { ports }: Ports,
  path: string,
  bytes: Uint8Array,
  { headers = {}, deadline }: CallOptions = {},
): Promise<Reply<never> & { bytes?: Buffer }> {
  const client = new grpc.Client(`127.0.0.1:${ports.grpc}`, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  try {
    return await new Promise((resolve) => {
      const same = (value: Buffer) => value;
      const answered = (error: grpc.ServiceError | null, value?: Buffer) => {
        if (error !== null) resolve(grpcFailure(error));
        else
          resolve({
            code: "ok",
            message: "",
            metadata: {},
            fields: [],
            everything: "",
            ...(value && { bytes: value }),
          });
      };
      client.makeUnaryRequest(
        path,
        same,
        same,
        Buffer.from(bytes),
        metadata,
        deadline === undefined ? {} : { deadline },
        answered,
      );
    });
  } finally {
    client.close();
  }
}

/** A grpc-js error as a reply. */
export function grpcFailure({ code, details, metadata }: grpc.ServiceError): Reply<never> {
  const binary = metadata.get("grpc-status-details-bin")[0];
  const status = fromBinary(StatusSchema, Buffer.from(binary ?? ""));
  const retryAfter = metadata.get("retry-after")[0]?.toString();
  const told = detailsIn(
    status.details.map(({ typeUrl, value }) => [typeUrl.split("/").at(-1) ?? "", value]),
  );
  return {
    code: codeToString(code as number),
    message: details,
    ...told,
    ...(retryAfter !== undefined && { retryAfter }),
    everything: [details, status.message, told.everything, JSON.stringify(metadata.getMap())].join("\n"),
  };
}

/** A Connect call with this body, whatever it is. */
export async function connectBody<M extends MethodName>(
  service: Ports,
  method: M,
  body: string | Uint8Array,
  options: { headers?: Readonly<Record<string, string>>; verb?: string } = {},
): Promise<Reply<M>> {
  const path = `/${PasscodeService.typeName}/${methods[method].name}`;
  const { status, headers, text } = await http(service.ports.http, {
    verb: options.verb ?? "POST",
    path,
    headers: { "content-type": "application/json", ...options.headers },
    body,
  });
  return { ...connectReply(status, headers, text), ...responseIn(method, status, text) };
}

function responseIn<M extends MethodName>(method: M, status: number, text: string) {
  if (status !== 200) return {};
  return { response: fromJson<DescMessage>(methods[method].output, JSON.parse(text)) as Answer<M> };
}

export function connectReply(status: number, headers: IncomingHttpHeaders, text: string): Reply<never> {
  const json = jsonIn(text);
  const details = (json["details"] ?? []) as { type: string; value: string }[];
  const told = detailsIn(details.map(({ type, value }) => [type, Buffer.from(value, "base64")]));
  const retryAfter = headers["retry-after"];
  return {
    code: status === 200 ? "ok" : String(json["code"] ?? ""),
    message: String(json["message"] ?? ""),
    ...told,
    httpStatus: status,
    ...(retryAfter !== undefined && { retryAfter }),
    everything: [text, told.everything, JSON.stringify(headers)].join("\n"),
  };
}

function jsonIn(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return {};
  }
}

function detailsIn(details: readonly (readonly [string, Uint8Array])[]) {
  const find = <S extends DescMessage>(schema: S) => {
    const found = details.find(([type]) => type === schema.typeName);
    return found === undefined ? undefined : fromBinary(schema, found[1]);
  };
  const info = find(ErrorInfoSchema);
  const delay = find(RetryInfoSchema)?.retryDelay;
  const violation = find(QuotaFailureSchema)?.violations[0];
  const fields = find(BadRequestSchema)?.fieldViolations ?? [];
  return {
    ...(info !== undefined && { reason: info.reason, domain: info.domain }),
    metadata: info?.metadata ?? {},
    fields: fields.map(({ field }) => field),
    ...(delay !== undefined && { retryDelayMs: Number(delay.seconds) * 1000 + delay.nanos / 1e6 }),
    ...(violation !== undefined && {
      quota: {
        subject: violation.subject,
        metric: violation.quotaMetric,
        value: Number(violation.quotaValue),
      },
    }),
    everything: details.map(([, bytes]) => Buffer.from(bytes).toString()).join("\n"),
  };
}

/** One HTTP/1.1 request on a connection of its own. */
export async function http(
  port: number,
  {
    verb,
    path,
    headers,
    body,
  }: {
    verb: string;
    path: string;
    headers?: Readonly<Record<string, string>>;
    body?: string | Uint8Array;
  },
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  const sent = httpRequest({ host: "127.0.0.1", port, path, method: verb, headers, agent: false });
  // A server that refuses a body may close the connection while the rest is still being written.
  const answered = new Promise<Awaited<ReturnType<typeof received>>>((resolve, reject) => {
    sent.once("response", (response) => received(response).then(resolve, reject));
    sent.once("error", reject);
  });
  sent.end(body);
  return await answered;
}

async function received(response: IncomingMessage) {
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(response, "end");
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}
