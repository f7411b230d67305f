import type { IncomingHttpHeaders } from "node:http";
import type {
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  Message,
} from "@bufbuild/protobuf";
import type { Code } from "@connectrpc/connect";
import type { Failure } from "./failure.ts";

/** What a procedure may know of the call it answers. */
export interface Call {
  /** The value of the `authorization` header. */
  readonly authorization: string | undefined;
  /** How the call came in, for the log: `grpc`, or the protocol's name in the HTTP server. */
  readonly protocol: string;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** Whether nobody waits for the answer any more: canceled, or past its deadline. */
  gone(): boolean;
  /** Milliseconds to the caller's deadline; undefined if it has none. */
  remainingMs(): number | undefined;
}

export type Result = { kind: "ok"; message: Message } | { kind: "failed"; failure: Failure };

/** The bytes a caller sent are not the message they should be. */
export interface Undecodable {
  readonly kind: "undecodable";
  /** The field at fault in its schema's spelling, empty if it is not one field's. */
  readonly field: string;
  readonly why: string;
}

export type Decoded = { kind: "decoded"; message: Message } | Undecodable;

/** Thrown by a stream that ends with this code and message rather than well. */
export class StreamRefusal extends Error {
  override readonly name = "StreamRefusal";
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}

/** A remote procedure, written once and served over every transport. */
export type Procedure =
  | {
      kind: "unary";
      method: DescMethodUnary;
      /** Why a caller with this `authorization` is refused, before anything else of the call is read. */
      admit?(authorization: string | undefined): Failure | undefined;
      /** Never rejects. */
      answer(request: Decoded, call: Call): Promise<Result>;
    }
  | {
      kind: "serverStreaming";
      method: DescMethodServerStreaming;
      stream(request: Message, signal: AbortSignal): AsyncIterable<Message>;
    }
  | {
      kind: "bidiStreaming";
      method: DescMethodBiDiStreaming;
      converse(requests: AsyncIterable<Message>): AsyncIterable<Message>;
    };

/** What stands before the calls of these procedures, by the path they are called at. */
export function admission(
  procedures: readonly Procedure[],
): (path: string, headers: IncomingHttpHeaders) => Failure | undefined {
  const admits = new Map(
    procedures.map((procedure) => {
      const { parent, name } = procedure.method;
      return [`/${parent.typeName}/${name}`, procedure.kind === "unary" ? procedure.admit : undefined];
    }),
  );
  return (path, { authorization }) => admits.get(path)?.(authorization);
}
