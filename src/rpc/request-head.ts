import type { IncomingHttpHeaders } from "node:http";
import { Code } from "@connectrpc/connect";

/** A request that is refused by its headers alone, the same at every port. */
export interface HeadRefusal {
  readonly code: Code;
  readonly message: string;
}

/** More would not fit the timers of Node, which would end the call at once. */
const timeoutMsMax = 24 * 3_600_000;

const unitsMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Refuses a timeout that is none, and cuts one of more than a day in place. */
export function boundTimeout(headers: IncomingHttpHeaders): HeadRefusal | undefined {
  const { "grpc-timeout": grpc, "connect-timeout-ms": connect } = headers;
  if (typeof grpc === "string") {
    const [, value, unit = ""] = /^([0-9]{1,8})([HMSmun])$/.exec(grpc) ?? [];
    if (value === undefined) return { code: Code.InvalidArgument, message: "grpc-timeout: is no timeout" };
    if (Number(value) * (unitsMs[unit] ?? 0) > timeoutMsMax) headers["grpc-timeout"] = `${timeoutMsMax}m`;
  }
  if (typeof connect === "string" && /^[0-9]{1,10}$/.test(connect) && Number(connect) > timeoutMsMax) {
    headers["connect-timeout-ms"] = String(timeoutMsMax);
  }
  return undefined;
}

/** Whether it is a call of gRPC, of which gRPC-Web is not one. */
export function isGrpc(headers: IncomingHttpHeaders): boolean {
  return /^application\/grpc(?:[+;]|$)/i.test(headers["content-type"] ?? "");
}

/** A gRPC answer that is an error and nothing else. */
export function grpcError({ code, message }: HeadRefusal): Record<string, string | number> {
  return {
    ":status": 200,
    "content-type": "application/grpc+proto",
    // Connect's codes are gRPC's by number.
    "grpc-status": code,
    "grpc-message": message,
  };
}

/** What the errors of the libraries that serve a port mean, by code. Their own texts repeat what was sent. */
const meanings = new Map<number, string>([
  [Code.Unimplemented, "there is no such method, or its message is compressed or not exactly one"],
  [Code.InvalidArgument, "its headers or its message cannot be read"],
  [Code.ResourceExhausted, "the message is too large or in too many pieces, or its stream has no place"],
  [Code.DeadlineExceeded, "its time was over when it came"],
]);

/** Why a request that did not become a call was refused, in words of ours. */
export function whyRefused(code: number): string {
  return meanings.get(code) ?? "it cannot be served";
}
