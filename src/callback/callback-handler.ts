import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Clock } from "../clock.ts";
import type { Callback, Provider, Refused } from "../delivery/provider.ts";
import { continueCall } from "../passcode/continue-call.ts";
import type { Passcodes } from "../passcode/passcodes.ts";
import { takeReport } from "../passcode/take-report.ts";
import type { PortLog } from "../rpc/port-log.ts";
import { StoreUnavailableError } from "../store/store.ts";
import { ArrivingBodies, type Request } from "./arriving-bodies.ts";

type Response = ServerResponse | Http2ServerResponse;

interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
  /** For the log: why it was refused, in words of ours, and whose client refused it. */
  readonly why?: string;
  readonly provider?: string;
}

/** Requests that have come whole and are being answered, at a time. */
const answeringMax = 200;

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
  { publicUrl, clock, log }: { publicUrl: string; clock: Clock; log: PortLog },
): (request: Request, response: Response) => void {
  const base = new URL(publicUrl).pathname.replace(/\/$/, "");
  const bodies = new ArrivingBodies(log);
  let answering = 0;
  const inTurn = async (work: () => Promise<Answer>): Promise<Answer> => {
    if (answering >= answeringMax) return { status: 503, why: "as many as may be are being answered" };
    answering += 1;
    return await work().finally(() => {
      answering -= 1;
    });
  };
  return (request, response) => {
    // By the time it is told, its connection may be gone.
    const peer = request.socket.remoteAddress;
    answer(passcodes, request, { publicUrl, base, clock, bodies, inTurn })
      .catch((error: unknown): Answer => {
        passcodes.log.error("fault", { rpc: "callback", error });
        // Asked to, vendors say it again.
        return { status: error instanceof StoreUnavailableError ? 503 : 500 };
      })
      .then(({ status, contentType = "text/plain", body = "", why, provider }) => {
        if (why !== undefined) {
          log.tell("callback refused", why, {
            ...(peer !== undefined && { peer }),
            ...(provider !== undefined && { provider }),
          });
        }
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

interface Port {
  readonly publicUrl: string;
  readonly base: string;
  readonly clock: Clock;
  readonly bodies: ArrivingBodies;
  inTurn(work: () => Promise<Answer>): Promise<Answer>;
}

async function answer(
  passcodes: Passcodes,
  request: Request,
  { publicUrl, base, clock, bodies, inTurn }: Port,
): Promise<Answer> {
  const { url = "" } = request;
  // A proxy may or may not leave the path of the public URL before ours.
  const local = base !== "" && url.startsWith(`${base}/`) ? url.slice(base.length) : url;
  const path = /^\/(reports|calls)\/([a-z][a-z0-9-]{0,62})(?:\/([A-Za-z0-9_-]+))?(?:\?|$)/.exec(local);
  const [, what, name = "", token] = path ?? [];
  if (what === undefined) return { status: 404, why: "nothing is found there" };
  if (request.method !== "POST") return { status: 405, why: "it is no POST" };
  if ((request.headers["content-encoding"] ?? "identity") !== "identity") {
    return { status: 415, why: "it is compressed" };
  }
  const body = await bodies.read(request);
  if (body === "too long") return { status: 413, why: "it is too long" };
  // Whoever it was has gone, or was too slow: nobody reads this.
  if (body === "broken off") return { status: 408 };

  const provider = passcodes.deliveries.provider(name);
  // As a forged one is answered, or a stranger could find out whose clients there are.
  if (provider === undefined) return { status: 403, why: "no provider of this configuration has that name" };
  const callback: Callback = {
    method: "POST",
    url: `${publicUrl}${local}`,
    headers: headersOf(request),
    body,
    nowMs: clock.nowMs(),
    ...(what === "reports" && token !== undefined && { reference: token }),
  };
  return await inTurn(() =>
    what === "reports"
      ? takeReports(passcodes, { name, provider }, callback)
      : answerCall(passcodes, { name, provider }, { callback, token: token ?? "" }),
  );
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
  if (provider.reports === undefined) return { status: 403, provider: name, why: "it makes no reports" };
  const read = await provider.reports.read(callback);
  if (read.kind === "refused") return refuse(name, read);
  for (const report of read.reports) await takeReport(passcodes, name, report);
  return { status: 200 };
}

async function answerCall(
  passcodes: Passcodes,
  { name, provider }: NamedProvider,
  { callback, token }: { callback: Callback; token: string },
): Promise<Answer> {
  if (provider.keyPresses === undefined) return { status: 403, provider: name, why: "it hears no keys" };
  const read = await provider.keyPresses.read(callback);
  if (read.kind === "refused") return refuse(name, read);
  const speech = await continueCall(passcodes, name, { token, pressed: read.kind === "pressed" });
  return { status: 200, ...provider.keyPresses.answer(speech) };
}

function refuse(provider: string, { why, again }: Refused): Answer {
  return { status: again ? 503 : 403, provider, why };
}

function headersOf({ headers }: Request): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(":"))
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}
