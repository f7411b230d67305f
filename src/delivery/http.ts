import { Readable } from "node:stream";
import { type Dispatcher, EnvHttpProxyAgent } from "undici";
import type { DeliveryOutcome, Handover } from "./provider.ts";
import { retryAfterMs } from "./retry-after.ts";

export interface HttpClientSettings {
  /** The longest an attempt may take in all, in milliseconds. */
  timeoutMs: number;
  /** The longest it may take to connect, in milliseconds. */
  connectTimeoutMs: number;
  /** Certificates, as PEM, trusted in place of the system's. */
  ca?: string;
  /** Our own certificate and its key, as PEM, for a server that asks for one. */
  certificate?: string;
  key?: string;
  /** Absent: reached directly. */
  proxy?: HttpProxy;
}

/** The way out of a network that lets nobody else out. */
export interface HttpProxy {
  /** http or https, perhaps with a user and a password. */
  url: string;
  /** Hosts reached without it, separated by commas, as in NO_PROXY. This machine always is. */
  noProxy: string;
}

export type HttpAnswer = Extract<HttpResult, { kind: "answered" }>;

type Bounds = Pick<Handover, "withinMs" | "connectWithinMs">;

export interface HttpRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/**
 * What came of a request. `unreachable`: nothing of it has left. `noAnswer`: it has, at
 * least in part, and no status came back. A body that broke off or is longer than any
 * vendor's answer reads as empty, and is not whole.
 */
export type HttpResult =
  | {
      kind: "answered";
      status: number;
      /** Names in lower case; the first value of each. */
      headers: Readonly<Record<string, string>>;
      body: string;
      bodyIsWhole: boolean;
    }
  | { kind: "unreachable"; detail: string }
  | { kind: "noAnswer"; detail: string };

const bodyBytesMax = 64 * 1024;

/** Posts once: follows no redirect, repeats nothing, and ends in time whatever the server does. */
export class HttpClient {
  readonly #settings: HttpClientSettings;
  readonly #agent: Dispatcher;
  readonly #underWay = new Set<Promise<HttpResult>>();

  constructor(settings: HttpClientSettings) {
    this.#settings = settings;
    this.#agent = openAgent(settings);
  }

  post(request: HttpRequest, bounds: Bounds): Promise<HttpResult> {
    const posting = this.#post(request, bounds);
    this.#underWay.add(posting);
    return posting.finally(() => this.#underWay.delete(posting));
  }

  async #post(request: HttpRequest, { withinMs, connectWithinMs }: Bounds): Promise<HttpResult> {
    const { origin, pathname, search } = new URL(request.url);
    const bytes = Buffer.from(request.body);
    const attempt = new AbortController();
    // The agent heeds the signal only once it has a connection, though it then writes nothing:
    // it is not waited for until then.
    const timeUp = new Promise<never>((_, reject) => {
      attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason));
    });
    let sent = false;
    // Asked for when there is a connection to write to: unread means unsent.
    const content = async function* () {
      sent = true;
      clearTimeout(connecting);
      yield bytes;
    };
    const giveUp = () => attempt.abort(new DOMException("", "TimeoutError"));
    const connecting = setTimeout(giveUp, Math.min(connectWithinMs, this.#settings.connectTimeoutMs));
    const whole = setTimeout(giveUp, Math.min(withinMs, this.#settings.timeoutMs));
    try {
      const answering = this.#agent.request({
        origin,
        path: pathname + search,
        method: "POST",
        headers: { ...request.headers, "content-length": String(bytes.length) },
        body: Readable.from(content(), { objectMode: false }),
        signal: attempt.signal,
      });
      const response = await Promise.race([answering, timeUp]);
      const headers = Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? (value[0] ?? "") : (value ?? ""),
        ]),
      );
      const body = await readBody(response.body);
      return {
        kind: "answered",
        status: response.statusCode,
        headers,
        body: body ?? "",
        bodyIsWhole: body !== undefined,
      };
    } catch (error) {
      return { kind: sent ? "noAnswer" : "unreachable", detail: causeOf(error) };
    } finally {
      clearTimeout(connecting);
      clearTimeout(whole);
    }
  }

  /** Lets requests under way end, which their timeouts bound. Later ones are `unreachable`. */
  async close(): Promise<void> {
    // Takes no more from here on. Its own end is not waited for: what gave up before it had a
    // connection still stands in line for one. Closed before, it rejects.
    this.#agent.close().catch(() => {});
    await Promise.allSettled(this.#underWay);
    await this.#agent.destroy();
  }
}

/**
 * Reaches servers directly or by the proxy, through which it has a tunnel: what it says stays
 * between it and the server. Reads nothing from the environment.
 */
export function openAgent({
  connectTimeoutMs: timeout,
  ca,
  certificate,
  key,
  proxy,
}: Omit<HttpClientSettings, "timeoutMs">): Dispatcher {
  const tls = {
    timeout,
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  };
  return new EnvHttpProxyAgent({
    connect: tls,
    requestTls: tls,
    proxyTls: { timeout },
    // What is not https goes to this machine alone.
    httpProxy: "",
    httpsProxy: proxy?.url ?? "",
    noProxy: `localhost,127.0.0.1,::1,${proxy?.noProxy ?? ""}`,
    pipelining: 1,
    // Shorter than any vendor keeps an idle connection, so that none is closed under a request.
    keepAliveTimeout: 4_000,
  });
}

/** Undefined unless the whole body came and is within bounds. */
async function readBody(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > bodyBytesMax) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The name of the failure, never a word that came over the network. */
function causeOf(error: unknown): string {
  const { name, code } = error as { name?: string; code?: unknown };
  if (name === "TimeoutError") return "timeout";
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code)) return code;
  return name !== undefined && /^[A-Za-z]{1,64}$/.test(name) ? name : "unknown";
}

/**
 * What an HTTP status says where the vendor's own error code says nothing more.
 *
 * Not taken is only what is turned away at the door: 429, and 503. Every other server
 * error may come after the message was sent: from the vendor itself, as Twilio says of its
 * 500, or from a gateway whose server got the request and broke down over it (502, 504,
 * Cloudflare's 520 to 527). Nor does a 408 say how much of the request was read.
 */
export function outcomeOfStatus(
  { status, headers }: Pick<HttpAnswer, "status" | "headers">,
  nowMs: number,
): Exclude<DeliveryOutcome, { kind: "accepted" }> {
  const detail = `HTTP ${status}`;
  if (status === 429 || status === 503) {
    const askedMs = retryAfterMs(headers["retry-after"], nowMs);
    return { kind: "overloaded", detail, ...(askedMs !== undefined && { retryAfterMs: askedMs }) };
  }
  if (status >= 500 || status === 408) return { kind: "noAnswer", detail };
  // Whatever a success that is not the vendor's may mean, it does not say that nothing was sent.
  if (status < 300) return { kind: "noAnswer", detail: `${detail} without the vendor's answer` };
  return { kind: "accountRefused", detail };
}
