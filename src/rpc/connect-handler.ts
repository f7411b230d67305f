import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import {
  createAsyncIterable,
  readAllBytes,
  type UniversalHandler,
  type UniversalServerRequest,
} from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { Log } from "../telemetry/log.ts";
import { decodeBinary, decodeJson, requestBytesMax } from "./decode.ts";
import type { Failure } from "./failure.ts";
import { piecesMax } from "./port-bounds.ts";
import { type Decoded, type Procedure, type Result, StreamRefusal, type Undecodable } from "./procedure.ts";

export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

/**
 * Serves the procedures as Connect, gRPC-Web and gRPC with connect-node.
 *
 * Answers whether the request's path is one of theirs; the response follows by itself.
 */
export function createConnectHandler(
  procedures: readonly Procedure[],
  log: Log,
): (request: NodeRequest, response: NodeResponse) => boolean {
  const router = createConnectRouter({
    readMaxBytes: requestBytesMax,
    acceptCompression: [],
    jsonOptions: { alwaysEmitImplicit: true },
  });
  for (const procedure of procedures) route(router, procedure);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (request, response) => {
    const handler = handlers.get(request.url?.split("?", 1)[0] ?? "");
    if (handler === undefined) return false;
    serve(handler, request, response).catch((error: unknown) => {
      // The caller went away while the response was written, or never finished its request.
      log.debug("connection lost", { rpc: handler.method.name, error });
      response.destroy();
    });
    return true;
  };
}

async function serve(handler: UniversalHandler, request: NodeRequest, response: NodeResponse): Promise<void> {
  const incoming = universalRequestFromNodeRequest(request, response, undefined, createContextValues());
  if (/^application\/grpc(-web)?\+json/.test(incoming.header.get("content-type") ?? "")) {
    response.statusCode = 415;
    response.end();
    return;
  }
  const bounded = isByteStream(incoming.body) ? { ...incoming, body: inFewPieces(incoming.body) } : incoming;
  const checked = handler.method.methodKind === "unary" ? await withDecodable(handler, bounded) : bounded;
  await universalResponseToNodeResponse(await handler(checked), response);
}

/** What reads a body keeps its pieces as they came until it is whole. By HTTP/2 they are counted before they get here. */
async function* inFewPieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces = 0;
  for await (const piece of body) {
    pieces += 1;
    if (pieces > piecesMax) {
      throw new ConnectError(`the request comes in more than ${piecesMax} pieces`, Code.ResourceExhausted);
    }
    yield piece;
  }
}

function route(router: ConnectRouter, procedure: Procedure): void {
  switch (procedure.kind) {
    case "unary":
      router.rpc(procedure.method, async (message, context) => {
        const fault = context.values.get(undecodableKey);
        const request: Decoded = fault ?? { kind: "decoded", message };
        const result = await orGone(
          procedure.answer(request, {
            authorization: context.requestHeader.get("authorization") ?? undefined,
            protocol: context.protocolName,
            signal: context.signal,
            gone: () => context.signal.aborted,
            remainingMs: () => context.timeoutMs(),
          }),
          context,
        );
        if (result.kind === "failed") throw connectError(result.failure);
        return result.message;
      });
      return;
    case "serverStreaming":
      router.rpc(procedure.method, (message, context) =>
        refusable(procedure.stream(message, context.signal)),
      );
      return;
    case "bidiStreaming":
      router.rpc(procedure.method, (messages) => procedure.converse(messages));
  }
}

async function* refusable(responses: AsyncIterable<Message>): AsyncGenerator<Message> {
  try {
    yield* responses;
  } catch (error) {
    throw error instanceof StreamRefusal ? new ConnectError(error.message, error.code) : error;
  }
}

/** The result, or the reason why nobody waits for it any more, whichever comes first. */
function orGone(result: Promise<Result>, { signal }: HandlerContext): Promise<Result> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

function connectError(failure: Failure): ConnectError {
  const headers: HeadersInit =
    failure.retryAfterSeconds === undefined ? {} : { "retry-after": String(failure.retryAfterSeconds) };
  const details = failure.details.map(({ schema, message }) => ({ desc: schema, value: message }));
  return new ConnectError(failure.message, failure.code, headers, details);
}

const undecodableKey = createContextKey<Undecodable | undefined>(undefined);

/**
 * The request with a message that connect-node can decode.
 *
 * connect-node's own decoding errors repeat values, name no field, and come before
 * authentication; so a message that cannot be decoded is replaced by an empty one and
 * its fault handed to the procedure.
 */
async function withDecodable(
  handler: UniversalHandler,
  request: UniversalServerRequest,
): Promise<UniversalServerRequest> {
  if (request.method === "GET") return withDecodableQuery(handler, request);
  return await withDecodableBody(handler, request);
}

/** Connect's GET, for procedures without side effects, has its message in the query. */
function withDecodableQuery(
  { method }: UniversalHandler,
  request: UniversalServerRequest,
): UniversalServerRequest {
  const url = new URL(request.url);
  const query = url.searchParams;
  const bytes = Buffer.from(query.get("message") ?? "", query.get("base64") === "1" ? "base64url" : "utf8");
  const json = query.get("encoding") === "json";
  const decoded = json ? decodeJson(method.input, bytes) : decodeBinary(method.input, bytes);
  if (decoded.kind === "decoded") return request;

  request.contextValues?.set(undecodableKey, decoded);
  query.set("message", json ? "{}" : "");
  query.delete("base64");
  return { ...request, url: url.href };
}

async function withDecodableBody(
  handler: UniversalHandler,
  request: UniversalServerRequest,
): Promise<UniversalServerRequest> {
  if (request.method !== "POST" || !isByteStream(request.body)) return request;
  const bytes = await readAllBytes(request.body, requestBytesMax, request.header.get("content-length")).catch(
    (error: unknown) => ConnectError.from(error),
  );
  if (bytes instanceof ConnectError) return { ...request, body: failing(bytes) };

  const type = request.header.get("content-type")?.toLowerCase() ?? "";
  const framed = type.startsWith("application/grpc");
  const { input } = handler.method;
  const decoded = type.startsWith("application/json")
    ? decodeJson(input, bytes)
    : decodeBinary(input, framed ? bytes.subarray(5) : bytes);
  if (decoded.kind === "decoded") return { ...request, body: createAsyncIterable([bytes]) };

  request.contextValues?.set(undecodableKey, decoded);
  request.header.delete("content-length");
  const empty = type.startsWith("application/json") ? "{}" : framed ? "\0\0\0\0\0" : "";
  return { ...request, body: createAsyncIterable([new TextEncoder().encode(empty)]) };
}

function isByteStream(body: UniversalServerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

function failing(error: ConnectError): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}
