import { Code } from "@connectrpc/connect";
import type { NodeRequest, NodeResponse } from "./connect-handler.ts";
import type { Health } from "./health.ts";
import type { PortLog } from "./port-log.ts";
import { grpcError, type HeadRefusal, isGrpc } from "./request-head.ts";

/** What the HTTP port answers: the procedures, `GET /healthz`, and why not. */
export function httpHandler({
  connect,
  health,
  log,
  isOpen,
}: {
  /** Answers whether the request's path is a procedure's. */
  connect: (request: NodeRequest, response: NodeResponse) => boolean;
  health: Health;
  log: PortLog;
  isOpen: boolean;
}): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    response.setHeader("cache-control", "no-store");
    if (isOpen && !isLocal(request)) {
      log.refused(foreign.message, request.socket.remoteAddress);
      refuse(request, response, { ...foreign, status: 403 });
    } else if (request.url === "/healthz" && request.method === "GET") {
      response.statusCode = health.serving ? 200 : 503;
      response.setHeader("content-type", "text/plain");
      response.end(health.serving ? "SERVING\n" : "NOT_SERVING\n");
    } else if (!connect(request, response)) {
      log.refused(unknown.message, request.socket.remoteAddress);
      refuse(request, response, { ...unknown, status: 404 });
    }
  };
}

const unknown = { code: Code.Unimplemented, message: "not found" };

const foreign = {
  code: Code.PermissionDenied,
  message: "without apiKeys, only requests to localhost are answered, and none of web pages of elsewhere",
};

/**
 * Whether whoever asks means this machine. A page of any site may have its own name
 * resolve to 127.0.0.1 and then reads what it asks for there as its own; but its requests
 * still bear that name.
 */
function isLocal({ headers }: NodeRequest): boolean {
  const { host, origin } = headers;
  const authority = headers[":authority"] ?? host;
  return (
    typeof authority === "string" &&
    localAuthority.test(authority) &&
    (origin === undefined || localOrigin.test(origin))
  );
}

const localAuthority = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;
const localOrigin = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

function refuse(
  request: NodeRequest,
  response: NodeResponse,
  { status, ...refusal }: HeadRefusal & { status: number },
): void {
  request.resume();
  if (isGrpc(request.headers)) {
    const { ":status": ok, ...headers } = grpcError(refusal);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.statusCode = Number(ok);
    response.end();
    return;
  }
  response.statusCode = status;
  response.setHeader("content-type", "text/plain");
  response.end(`${refusal.message}\n`);
}
