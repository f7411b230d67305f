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
import type { UniversalHandler, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { Log, LogFields } from "../telemetry/log.ts";
import { isByteStream, undecodableKey, withDecodable } from "./decodable-request.ts";
import { requestBytesMax } from "./decode.ts";
import { type Failure, retryHeaders } from "./failure.ts";
import { piecesMax } from "./port-bounds.ts";
import type { PortLog } from "./port-log.ts";
import { admission, type Decoded, type Procedure, type Result, StreamRefusal } from "./procedure.ts";
import { boundTimeout, whyRefused } from "./request-head.ts";

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
  portLog: PortLog,
): (request: NodeRequest, response: NodeResponse) => boolean {
  const router = createConnectRouter({
    readMaxBytes: requestBytesMax,
    acceptCompression: [],
    jsonOptions: { alwaysEmitImplicit: true },
    requestGate: ({ values }) => {
      const failure = values.get(refusedKey);
      if (failure !== undefined) throw connectError(failure);
    },
  });
  for (const procedure of procedures) route(router, procedure);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const admit = admission(procedures);

  return (request, response) => {
    const handler = handlers.get(request.url?.split("?", 1)[0] ?? "");
    if (handler === undefined) return false;
    const peer = request.socket.remoteAddress;
    const tell = (detail: string, fields: LogFields = {}) =>
      portLog.refused(detail, peer, { rpc: handler.method.name, ...fields });
    const refused = admit(handler.requestPath, request.headers);
    serve(handler, { request, response, refused, tell }).catch((error: unknown) => {
      // The caller went away while the response was written, or never finished its request.
      log.debug("connection lost", { rpc: handler.method.name, error });
      response.destroy();
    });
    return true;
  };
}

interface Serving {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  /** Why the caller is refused by the headers, if so. */
  readonly refused: Failure | undefined;
  /** Has the log told of a request that does not become a call. */
  tell(detail: string, fields?: LogFields): void;
}

async function serve(
  handler: UniversalHandler,
  { request, response, refused, tell }: Serving,
): Promise<void> {
  boundTimeout(request.headers);
  const values = createContextValues();
  const incoming = universalRequestFromNodeRequest(request, response, undefined, values);
  if (/^application\/grpc(-web)?\+json/.test(incoming.header.get("content-type") ?? "")) {
    tell("its content type is not served", { code: "415" });
    response.statusCode = 415;
    response.end();
    return;
  }
  values.set(refusedKey, refused);
  const bounded = isByteStream(incoming.body) ? { ...incoming, body: inFewPieces(incoming.body) } : incoming;
  const isUnary = handler.method.methodKind === "unary" && refused === undefined;
  const answer = await handler(isUnary ? await withDecodable(handler, bounded) : bounded);
  if (refused !== undefined) tell(refused.reason);
  // Of a caller who has left there is nothing to tell, and of one who was hung up on it has been told.
  else if (!values.get(calledKey) && !incoming.signal.aborted) tell(...tellOf(answer));
  // What still comes of the request is read to be forgotten.
  response.once("finish", () => request.resume());
  await universalResponseToNodeResponse(answer, response);
}

/** The error that connect-node answered with by itself, and what it means. */
function tellOf({ status, trailer }: UniversalServerResponse): [detail: string, fields: LogFields] {
  if (status === 415) return ["its content type is not served", { code: "415" }];
  if (status === 405) return ["its verb is not served", { code: "405" }];
  const code = Number(trailer?.get("grpc-status") ?? 0) || codeFromHttp(status);
  return [whyRefused(code), { code: codeToString(code) }];
}

/** Of the codes that share an HTTP status, the one that a request without a call ends with. */
function codeFromHttp(status: number): Code {
  switch (status) {
    case 400:
      return Code.InvalidArgument;
    case 429:
      return Code.ResourceExhausted;
    case 501:
      return Code.Unimplemented;
    case 504:
      return Code.DeadlineExceeded;
    default:
      return Code.Unknown;
  }
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
        context.values.set(calledKey, true);
        const fault = context.values.get(undecodableKey);
        const request: Decoded = fault ?? { kind: "decoded", message };
        const result = await orGone(
          procedure.answer(request, {
            authorization: context.requestHeader.get("authorization") ?? undefined,
            protocol: context.protocolName,
            signal: context.signal,
            gone: () => context.signal.aborted || (context.timeoutMs() ?? 1) <= 0,
            remainingMs: () => context.timeoutMs(),
          }),
          context,
        );
        if (result.kind === "failed") throw connectError(result.failure);
        return result.message;
      });
      return;
    case "serverStreaming":
      router.rpc(procedure.method, (message, context) => {
        context.values.set(calledKey, true);
        return refusable(procedure.stream(message, context.signal));
      });
      return;
    case "bidiStreaming":
      router.rpc(procedure.method, (messages, context) => {
        context.values.set(calledKey, true);
        return procedure.converse(messages);
      });
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
  const details = failure.details.map(({ schema, message }) => ({ desc: schema, value: message }));
  return new ConnectError(failure.message, failure.code, retryHeaders(failure), details);
}

/** Why the caller is refused by the headers. */
const refusedKey = createContextKey<Failure | undefined>(undefined);

/** Whether the request has become a call, of which a line of its own tells. */
const calledKey = createContextKey(false);
