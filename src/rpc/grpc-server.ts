import { once } from "node:events";
import { create, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import * as grpc from "@grpc/grpc-js";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import type { Clock } from "../clock.ts";
import { decodeBinary, requestBytesMax } from "./decode.ts";
import { type Failure, retryHeaders } from "./failure.ts";
import { type Procedure, StreamRefusal } from "./procedure.ts";

/**
 * Serves the procedures as gRPC with @grpc/grpc-js: the fast lane for services.
 *
 * Requests stay bytes until the procedure's own decoding, so that what is not a message
 * is told as any other bad input.
 */
export function createGrpcServer(procedures: readonly Procedure[], clock: Clock): grpc.Server {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": requestBytesMax,
    // Accounts of every connection and call, which nothing here reads.
    "grpc.enable_channelz": 0,
  });
  for (const procedure of procedures) {
    const { name, parent, methodKind, output } = procedure.method;
    const definition: grpc.MethodDefinition<Buffer, Message> = {
      path: `/${parent.typeName}/${name}`,
      requestStream: methodKind === "bidi_streaming",
      responseStream: methodKind !== "unary",
      requestSerialize: (bytes) => bytes,
      requestDeserialize: (bytes) => bytes,
      responseSerialize: (message) => Buffer.from(toBinary(output, message)),
      responseDeserialize: (bytes) => fromBinary(output, bytes),
    };
    server.addService({ [name]: definition }, { [name]: handlerOf(procedure, clock) });
  }
  return server;
}

function handlerOf(procedure: Procedure, clock: Clock): grpc.UntypedHandleCall {
  switch (procedure.kind) {
    case "unary":
      return unaryHandler(procedure, clock);
    case "serverStreaming":
      return async (call: grpc.ServerWritableStream<Buffer, Message>) => {
        const request = decodeBinary(procedure.method.input, call.request);
        if (request.kind === "undecodable") call.emit("error", invalidStream(request.why));
        else await pump(procedure.stream(request.message, leaving(call)), call);
      };
    case "bidiStreaming":
      return async (call: grpc.ServerDuplexStream<Buffer, Message>) => {
        const requests = async function* () {
          // Leaving off must not destroy the call, which would end it without a status.
          for await (const bytes of call.iterator({ destroyOnReturn: false }))
            yield fromBinary(procedure.method.input, bytes as Buffer);
        };
        await pump(procedure.converse(requests()), call);
      };
  }
}

function unaryHandler(procedure: Extract<Procedure, { kind: "unary" }>, clock: Clock) {
  return async (call: grpc.ServerUnaryCall<Buffer, Message>, callback: grpc.sendUnaryData<Message>) => {
    const remainingMs = () => Number(call.getDeadline()) - clock.nowMs();
    const result = await procedure.answer(decodeBinary(procedure.method.input, call.request), {
      authorization: call.metadata.get("authorization")[0]?.toString(),
      protocol: "grpc",
      // Made for the few that have to wait.
      get signal() {
        return leaving(call);
      },
      gone: () => call.cancelled || remainingMs() <= 0,
      remainingMs: () => (Number.isFinite(remainingMs()) ? remainingMs() : undefined),
    });
    if (result.kind === "ok") callback(null, result.message);
    else callback(statusOf(result.failure));
  };
}

type Writable = grpc.ServerWritableStream<Buffer, Message> | grpc.ServerDuplexStream<Buffer, Message>;

/** Writes no faster than the caller reads, so that one who does not read cannot fill the memory. */
async function pump(responses: AsyncIterable<Message>, call: Writable): Promise<void> {
  const signal = leaving(call);
  try {
    for await (const response of responses) {
      if (!call.write(response)) await once(call, "drain", { signal });
    }
    call.end();
  } catch (error) {
    // What grpc-js answers with a status.
    call.emit("error", error instanceof StreamRefusal ? refusedStream(error) : invalidStream(brokenOff));
  }
}

/** Aborts when the caller leaves. */
function leaving(call: {
  readonly cancelled: boolean;
  once(event: "cancelled", listener: () => void): unknown;
}): AbortSignal {
  const left = new AbortController();
  if (call.cancelled) left.abort();
  else call.once("cancelled", () => left.abort());
  return left.signal;
}

const brokenOff = "the stream broke off, or a message of it could not be read";

function refusedStream({ code, message }: StreamRefusal): Error {
  // Connect's codes are gRPC's by number.
  return Object.assign(new Error(message), { code: code as number, details: message });
}

function invalidStream(details: string): Error {
  return Object.assign(new Error(details), { code: grpc.status.INVALID_ARGUMENT, details });
}

/** The failure as a google.rpc.Status, for `grpc-status-details-bin`. */
export function statusBytes(failure: Failure): Buffer {
  const status = create(StatusSchema, {
    code: failure.code,
    message: failure.message,
    details: failure.details.map(({ schema, message }) => anyPack(schema, message)),
  });
  return Buffer.from(toBinary(StatusSchema, status));
}

/** The failure as a gRPC status, with its details in `grpc-status-details-bin` as google.rpc.Status. */
function statusOf(failure: Failure): Partial<grpc.StatusObject> {
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", statusBytes(failure));
  for (const [name, value] of Object.entries(retryHeaders(failure))) metadata.set(name, value);
  // Connect's codes are gRPC's by number.
  return { code: failure.code as number, details: failure.message, metadata };
}
