import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Clock } from "../clock.ts";
import type { Callback, Provider, Refused } from "../delivery/provider.ts";
import { continueCall } from "../passcode/continue-call.ts";
import type { Passcodes } from "../passcode/passcodes.ts";
import { takeReport } from "../passcode/take-report.ts";
import { piecesMax } from "../rpc/port-bounds.ts";
import { StoreUnavailableError } from "../store/store.ts";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
}

/** More than any vendor sends at once. */
const bodyBytesMax = 256 * 1024;

/** Requests at a time: a body is read before it is known who sent it, and strangers must not fill the memory. */
const underWayMax = 200;

/**
 * Answers the requests of vendors: `POST /reports/<provider>` and
 * `/reports/<provider>/<reference>` say what became of messages, `POST
 * /calls/<provider>/<script>` asks what a call says after a key press.
 *
 * Nothing that comes here is believed before the provider's client has checked its
 * signature; and nothing that is believed can decide a session.
 */
export function callbackHandler(
  passcodes: Passcodes,
  { publicUrl, clock }: { publicUrl: string; clock: Clock },
): (request: Request, response: Response) => void {
  const base = new URL(publicUrl).pathname.replace(/\/$/, "");
  let underWay = 0;
  const answerInTurn = async (request: Request) => {
    if (underWay >= underWayMax) return { status: 503 };
    underWay += 1;
    return await answer(passcodes, request, { publicUrl, base, clock }).finally(() => {
      underWay -= 1;
    });
  };
  return (request, response) => {
    answerInTurn(request)
      .catch((error: unknown): Answer => {
        passcodes.log.error("fault", { rpc: "callback", error });
        // Asked to, vendors say it again.
        return { status: error instanceof StoreUnavailableError ? 503 : 500 };
      })
      .then(({ status, contentType = "text/plain", body = "" }) => {
        response.statusCode = status;
        if (status === 405) response.setHeader("allow", "POST");
        response.setHeader("content-type", contentType);
        response.setHeader("cache-control", "no-store");
        response.end(body);
      })
      // The vendor has gone.
      .catch(() => response.destroy());
  };
}

async function answer(
  passcodes: Passcodes,
  request: Request,
  { publicUrl, base, clock }: { publicUrl: string; base: string; clock: Clock },
): Promise<Answer> {
  const { url = "" } = request;
  // A proxy may or may not leave the path of the public URL before ours.
  const local = base !== "" && url.startsWith(`${base}/`) ? url.slice(base.length) : url;
  const path = /^\/(reports|calls)\/([a-z][a-z0-9-]{0,62})(?:\/([A-Za-z0-9_-]+))?(?:\?|$)/.exec(local);
  const [, what, name = "", token] = path ?? [];
  const provider = passcodes.deliveries.provider(name);
  if (provider === undefined || what === undefined) return { status: 404 };
  if (request.method !== "POST") return { status: 405 };
  if ((request.headers["content-encoding"] ?? "identity") !== "identity") return { status: 415 };
  const body = await readBody(request);
  if (body === "too long") return { status: 413 };
  // Whoever it was has gone, or was too slow: nobody reads this.
  if (body === "broken off") return { status: 408 };

  const callback: Callback = {
    method: "POST",
    url: `${publicUrl}${local}`,
    headers: headersOf(request),
    body,
    nowMs: clock.nowMs(),
    ...(what === "reports" && token !== undefined && { reference: token }),
  };
  return what === "reports"
    ? await takeReports(passcodes, { name, provider }, callback)
    : await answerCall(passcodes, { name, provider }, { callback, token: token ?? "" });
}

interface NamedProvider {
  readonly name: string;
  readonly provider: Provider;
}

async function takeReports(
  passcodes: Passcodes,
  { name, provider }: NamedProvider,
  callback: Callback,
): Promise<Answer> {
  if (provider.reports === undefined) return { status: 404 };
  const read = await provider.reports.read(callback);
  if (read.kind === "refused") return refuse(passcodes, name, read);
  for (const report of read.reports) await takeReport(passcodes, name, report);
  return { status: 200 };
}

async function answerCall(
  passcodes: Passcodes,
  { name, provider }: NamedProvider,
  { callback, token }: { callback: Callback; token: string },
): Promise<Answer> {
  if (provider.keyPresses === undefined) return { status: 404 };
  const read = await provider.keyPresses.read(callback);
  if (read.kind === "refused") return refuse(passcodes, name, read);
  const speech = await continueCall(passcodes, name, { token, pressed: read.kind === "pressed" });
  return { status: 200, ...provider.keyPresses.answer(speech) };
}

function refuse({ log }: Passcodes, provider: string, { why, again }: Refused): Answer {
  log.warn("callback refused", { provider, detail: why });
  return { status: again ? 503 : 403 };
}

/** The body as it came, or why there is none. */
async function readBody(request: Request): Promise<Buffer | "too long" | "broken off"> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > bodyBytesMax || chunks.length >= piecesMax) return "too long";
      chunks.push(chunk);
    }
  } catch {
    return "broken off";
  }
  return Buffer.concat(chunks);
}

function headersOf({ headers }: Request): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(":"))
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}
