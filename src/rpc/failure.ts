import type { DescMessage, Message, MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { Code } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { type ErrorReason, ErrorReasonSchema } from "../../gen/passcode/v1/error_reason_pb.ts";

/**
 * An error as callers see it, whatever the protocol. A value, not an exception: a
 * refused caller costs no stack trace.
 */
export interface Failure {
  readonly code: Code;
  readonly message: string;
  /** An ErrorReason without its prefix. */
  readonly reason: string;
  readonly details: readonly Detail[];
  /** Whole seconds for the header `retry-after`. */
  readonly retryAfterSeconds?: number;
  /** False where a client library or a mesh must not repeat the call by itself, whatever its code. */
  readonly retriable?: false;
}

export interface Detail {
  readonly schema: DescMessage;
  readonly message: Message;
}

export function detail<S extends DescMessage>(schema: S, init: MessageInitShape<S>): Detail {
  return { schema, message: create(schema, init) };
}

/** The domain of every `google.rpc.ErrorInfo` of this service. */
const errorDomain = "passcode.v1";

/** A failure with its ErrorInfo before the other details. */
export function failure(
  code: Code,
  reason: ErrorReason,
  message: string,
  more: {
    metadata?: Readonly<Record<string, string>>;
    details?: readonly Detail[];
    retryAfterSeconds?: number;
    retriable?: false;
  } = {},
): Failure {
  const name = enumName(ErrorReasonSchema.value[reason]?.name ?? "", "ERROR_REASON_");
  const info = { reason: name, domain: errorDomain, metadata: { ...more.metadata } };
  return {
    code,
    message,
    reason: name,
    details: [detail(ErrorInfoSchema, info), ...(more.details ?? [])],
    ...(more.retryAfterSeconds !== undefined && { retryAfterSeconds: more.retryAfterSeconds }),
    ...(more.retriable === false && { retriable: false }),
  };
}

/** What the failure says besides its status, in headers or trailers: when to come back, for people and for gRPC's retry policies. */
export function retryHeaders({ retryAfterSeconds, retriable }: Failure): Record<string, string> {
  // A negative one is gRPC's word for never.
  if (retriable === false) return { "grpc-retry-pushback-ms": "-1" };
  if (retryAfterSeconds === undefined) return {};
  return {
    "retry-after": String(retryAfterSeconds),
    "grpc-retry-pushback-ms": String(retryAfterSeconds * 1000),
  };
}

/** An enum value's name without the prefix that all values of its enum share. */
export function enumName(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
