import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { parseDuration } from "../config/duration.ts";
import { printable } from "../telemetry/printable.ts";
import { type Terminal, UsageError } from "./command.ts";

/** Options that every command which calls a service takes. */
export const clientOptions = {
  server: { type: "string" },
  profile: { type: "string" },
  purpose: { type: "string" },
  transaction: { type: "string", multiple: true },
  timeout: { type: "string" },
} as const;

export const clientUsage = `[--server URL] [--timeout 30s] [--profile NAME] [--purpose NAME]
                   [--transaction NAME=VALUE ...]`;

const defaultServer = "http://127.0.0.1:8080";

/** Longer than a send to a slow vendor takes, and what a person at a terminal waits. */
const defaultTimeoutMs = 30_000;

/** As long as any timer can be set for is far less than this. */
const timeoutMsMax = 24 * 3_600_000;

/**
 * A client for the service at `server`, with the API key in PASSCODE_API_KEY if there is
 * one. Every call has ended after `timeout`: 30 s, or up to a day as `500ms`, `90s` or `5m`.
 */
export function connectTo(
  { server, timeout }: { server?: string | undefined; timeout?: string | undefined },
  { env }: Terminal,
) {
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : (parseDuration(timeout) ?? 0);
  if (timeoutMs < 1 || timeoutMs > timeoutMsMax) {
    throw new UsageError("--timeout takes a span from 1ms to 24h, such as 500ms, 90s or 5m");
  }
  const key = env["PASSCODE_API_KEY"];
  const authenticate: Interceptor = (next) => (request) => {
    if (key !== undefined) request.header.set("authorization", `Bearer ${key}`);
    return next(request);
  };
  return createClient(
    PasscodeService,
    createConnectTransport({
      baseUrl: server ?? defaultServer,
      httpVersion: "1.1",
      defaultTimeoutMs: timeoutMs,
      interceptors: [authenticate],
    }),
  );
}

/** `name=value` arguments as pairs. */
export function pairsOf(args: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (args ?? []).map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** What went wrong, for a person: the code and reason, the fields at fault, and when to come back. */
export function describeFailure(error: unknown): string {
  const failed = ConnectError.from(error);
  if (failed.code === Code.DeadlineExceeded) {
    return "deadline_exceeded: no answer in time (--timeout); what was asked for may have been done all the same\n";
  }
  const reason = failed.findDetails(ErrorInfoSchema)[0]?.reason;
  const violations = failed.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [];
  const fields = violations.map(
    ({ field, description }) => `  ${printable(`${field || "request"}: ${description}`)}`,
  );
  const what = `${codeToString(failed.code)}${reason === undefined ? "" : ` (${printable(reason)})`}`;
  return `${fields.length === 0 ? `${what}: ${printable(failed.rawMessage)}` : [what, ...fields].join("\n")}\n`;
}

/** Lines of `name  value`, the values under one another. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`).join("");
}
