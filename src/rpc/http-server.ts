import { createServer, type Server } from "node:http";
import { createServer as createHttp2Server, createSecureServer, type Http2Session } from "node:http2";
import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import type { ServerTls } from "../config/config.ts";
import type { NodeRequest, NodeResponse } from "./connect-handler.ts";

/** How long a connection may take to say what it wants, and a request to arrive whole, in milliseconds. */
const patienceMs = 10_000;

const http2Settings = { settings: { maxConcurrentStreams: 1_000 } };

/** Enough of a request to tell HTTP/2 from HTTP/1.1. */
const methodBytes = 3;

type Handler = (request: NodeRequest, response: NodeResponse) => void;

/** One port for HTTP/1.1 and HTTP/2, in the clear or over TLS. */
export class HttpServer {
  readonly #server: NetServer;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<Http2Session>();
  /** Connections without a request under way, that may be closed; HTTP/2 has its own farewell. */
  #closeIdle: () => void = () => {};
  #draining = false;

  constructor(handler: Handler, tls: ServerTls | undefined) {
    const answer: Handler = (request, response) => {
      if (this.#draining && request.httpVersionMajor === 1) response.setHeader("connection", "close");
      handler(request, response);
    };
    const track = (session: Http2Session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
    };
    if (tls === undefined) {
      const http1 = createServer({ headersTimeout: patienceMs, requestTimeout: patienceMs }, answer);
      const http2 = createHttp2Server(http2Settings, answer).on("session", track);
      shareOnePort(http1, http2);
      this.#closeIdle = () => http1.closeIdleConnections();
      this.#server = http1;
    } else {
      const { certificate, key, clientCa } = tls;
      this.#server = createSecureServer(
        {
          ...http2Settings,
          allowHTTP1: true,
          handshakeTimeout: patienceMs,
          cert: certificate,
          key,
          ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
        },
        answer,
      ).on("session", track);
    }
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Listens, and answers the port. */
  async listen(address: { host: string; port: number }): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(address.port, address.host, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no new connection, lets requests under way finish, and closes what is left once `deadline` aborts. */
  async close(deadline: AbortSignal): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    this.#closeIdle();
    const destroyAll = () => {
      for (const socket of this.#sockets) socket.destroy();
    };
    if (deadline.aborted) destroyAll();
    else deadline.addEventListener("abort", destroyAll, { once: true });
    await closed;
    deadline.removeEventListener("abort", destroyAll);
  }
}

/**
 * Hands each of http1's connections to the server whose protocol it speaks: HTTP/2
 * connections begin with "PRI", which is no method of HTTP/1.1.
 */
function shareOnePort(http1: Server, http2: NetServer): void {
  const serveHttp1 = http1.listeners("connection") as ((socket: Socket) => void)[];
  http1.removeAllListeners("connection");
  http1.on("connection", (socket: Socket) => {
    const chunks: Buffer[] = [];
    const giveUp = () => socket.destroy();
    const peek = (chunk: Buffer) => {
      chunks.push(chunk);
      const first = Buffer.concat(chunks);
      if (first.length < methodBytes) return;
      socket.off("data", peek).off("error", giveUp).off("timeout", giveUp).setTimeout(0);
      socket.pause().unshift(first);
      if (first.subarray(0, methodBytes).toString("latin1") === "PRI") {
        http2.emit("connection", socket);
      } else {
        for (const serve of serveHttp1) serve.call(http1, socket);
        socket.resume();
      }
    };
    socket.setTimeout(patienceMs).on("timeout", giveUp).on("error", giveUp).on("data", peek);
  });
}
