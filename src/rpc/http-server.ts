import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ServerTls } from "../config/config.ts";
import type { NodeRequest, NodeResponse } from "./connect-handler.ts";
import { Connections } from "./connections.ts";
import { Http2Watch } from "./http2-watch.ts";
import { looksPerPatience, type PortBounds, portBounds } from "./port-bounds.ts";
import type { PortLog } from "./port-log.ts";
import { shareOnePort, shareOneTlsPort } from "./share-port.ts";
import { tellOfTls, tlsOptions } from "./tls-options.ts";

type Handler = (request: NodeRequest, response: NodeResponse) => void;

/** In place of the usual bounds; whether HTTP/2 is spoken; and who is told what is refused or ended. */
type Options = Partial<PortBounds> & { readonly http2?: boolean; readonly log?: PortLog };

/** One port for HTTP/1.1 and HTTP/2, in the clear or over TLS. */
export class HttpServer {
  /** Listens, and speaks HTTP/1.1; HTTP/2 connections are handed on. */
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #watch: Http2Watch;
  readonly #log: PortLog | undefined;
  /** Connections that have not asked for anything yet. */
  readonly #silent = new Set<Socket>();
  /** Answers of HTTP/1.1 under way. */
  readonly #responses = new Set<ServerResponse>();
  /** Those of each connection, in the order of its requests. */
  readonly #pipelined = new WeakMap<Socket, readonly ServerResponse[]>();
  /** Those that their connections end with. */
  readonly #last = new WeakSet<ServerResponse>();
  readonly #pipelinedMax: number;
  readonly #patienceMs: number;
  #looking: NodeJS.Timeout | undefined;
  #draining = false;

  constructor(
    handler: Handler,
    tls: ServerTls | undefined,
    { http2: speaksHttp2 = true, log, ...changes }: Options = {},
  ) {
    const bounds = { ...portBounds, ...changes };
    const { patienceMs, headerBytesMax } = bounds;
    this.#patienceMs = patienceMs;
    this.#pipelinedMax = bounds.pipelinedMax;
    this.#log = log;
    this.#connections = new Connections(bounds.connectionsMax, log);
    const settings = {
      headersTimeout: patienceMs,
      requestTimeout: patienceMs,
      keepAliveTimeout: bounds.keepAliveMs,
      connectionsCheckingInterval: patienceMs / looksPerPatience,
      maxHeaderSize: headerBytesMax,
    };
    const http2 = createHttp2Server(handler);
    this.#watch = new Http2Watch(http2, this.#connections, bounds, { log });
    if (tls === undefined) {
      this.#server = createServer(settings);
      const tooLate = (peer?: string) => log?.closed("it said nothing in time", peer);
      shareOnePort(this.#server, speaksHttp2 ? http2 : undefined, {
        patienceMs,
        tooLate,
        silent: this.#silent,
      });
      this.#server.prependListener("connection", (socket: Socket) => this.#connections.admit(socket));
    } else {
      this.#server = createHttpsServer({
        ...settings,
        ...tlsOptions(tls, patienceMs),
        ALPNProtocols: speaksHttp2 ? ["h2", "http/1.1"] : ["http/1.1"],
      });
      shareOneTlsPort(this.#server, http2, this.#silent);
      this.#server.on("connection", (socket: Socket) => this.#connections.admit(socket, { tls: true }));
      tellOfTls(this.#server, log);
      this.#server.prependListener("secureConnection", (socket: TLSSocket) =>
        this.#connections.secured(socket),
      );
    }
    this.#server.on("request", (request, response) => {
      this.#silent.delete(request.socket);
      if (!this.#takes(request.socket, response)) return;
      this.#trackResponse(request, response);
      handler(request, response);
    });
  }

  /** Connections, and requests by HTTP/2, open now. */
  get open(): { connections: number; requests: number } {
    return { connections: this.#connections.count, requests: this.#watch.requests };
  }

  /** Listens, and answers the port. */
  async listen(address: { host: string; port: number }): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(address.port, address.host, resolve);
    });
    this.#looking = setInterval(() => {
      this.#connections.look();
      this.#watch.look();
      this.#log?.look();
    }, this.#patienceMs / looksPerPatience).unref();
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no new connection, lets requests under way finish, and closes what is left once `deadline` aborts. */
  async close(deadline: AbortSignal): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#watch.close();
    for (const response of this.#responses) this.#makeLast(response);
    for (const socket of this.#silent) socket.destroy();
    this.#connections.destroyShakingHands();
    this.#server.closeIdleConnections();
    const destroyAll = () => this.#connections.destroyAll();
    if (deadline.aborted) destroyAll();
    else deadline.addEventListener("abort", destroyAll, { once: true });
    await closed;
    clearInterval(this.#looking);
    this.#log?.sumUp();
    deadline.removeEventListener("abort", destroyAll);
  }

  /**
   * Answers whether the request is taken. Of a caller who sends requests and requests
   * without waiting for answers, those within the bound are answered and the rest is not
   * taken, as the connection's end after the last answer tells.
   */
  #takes(socket: Socket, response: ServerResponse): boolean {
    const taken = this.#pipelined.get(socket) ?? [];
    const last = taken.at(-1);
    // What came in the same piece is still being read when the connection is closed.
    if (socket.destroyed || (last !== undefined && this.#last.has(last))) return false;
    if (last !== undefined && taken.length >= this.#pipelinedMax) {
      this.#log?.closed("too many requests ahead of their answers", socket.remoteAddress);
      socket.pause();
      this.#makeLast(last);
      // An answer may have no end, as that to a watcher of the health.
      const timer = setTimeout(() => socket.destroy(), this.#patienceMs).unref();
      socket.once("close", () => clearTimeout(timer));
      return false;
    }
    this.#pipelined.set(socket, [...taken, response]);
    response.once("close", () => {
      const open = this.#pipelined.get(socket)?.filter((one) => one !== response) ?? [];
      if (open.length === 0) this.#pipelined.delete(socket);
      else this.#pipelined.set(socket, open);
    });
    return true;
  }

  /** Closes the connection after this response, and says so if it can still be said. */
  #makeLast(response: ServerResponse): void {
    const { socket } = response.req;
    this.#last.add(response);
    response.shouldKeepAlive = false;
    response.once("finish", () => socket.destroySoon());
  }

  #trackResponse(request: IncomingMessage, response: ServerResponse): void {
    this.#responses.add(response);
    const connection = this.#connections.of(request.socket);
    let isAnswered = false;
    const arrived = () => {
      if (connection === undefined || !this.#responses.has(response)) return;
      isAnswered = true;
      this.#connections.answerBegins(connection);
    };
    if (hasBody(request)) request.once("end", arrived);
    else arrived();
    response.once("close", () => {
      this.#responses.delete(response);
      if (isAnswered && connection !== undefined) this.#connections.answerEnds(connection);
    });
    if (this.#draining) this.#makeLast(response);
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
