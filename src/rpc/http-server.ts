import { createServer, type Server, type ServerResponse } from "node:http";
import {
  constants,
  createServer as createHttp2Server,
  type Http2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server as NetServer, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ServerTls } from "../config/config.ts";
import type { NodeRequest, NodeResponse } from "./connect-handler.ts";

/** How long a connection may take to say what it wants, and a request to arrive whole, in milliseconds. */
const usualPatienceMs = 10_000;

const http2Settings = { settings: { maxConcurrentStreams: 1_000 } };

/** Enough of a request to tell HTTP/2 from HTTP/1.1. */
const methodBytes = 3;

type Handler = (request: NodeRequest, response: NodeResponse) => void;

interface Bounds {
  /** In place of the usual patience, in milliseconds. */
  readonly patienceMs?: number;
  /** Connections at a time; one that comes on top is closed at once. Absent: as many as the system has. */
  readonly connectionsMax?: number;
  /** Whether HTTP/2 is spoken. Its connections may be idle for ever, and carry many requests at a time. */
  readonly http2?: boolean;
}

/** One port for HTTP/1.1 and HTTP/2, in the clear or over TLS. */
export class HttpServer {
  /** Listens, and speaks HTTP/1.1; HTTP/2 connections are handed on. */
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections that have not asked for anything yet. */
  readonly #silent = new Set<Socket>();
  /** Answers of HTTP/1.1 under way. */
  readonly #responses = new Set<ServerResponse>();
  readonly #sessions = new Set<Http2Session>();
  readonly #patienceMs: number;
  #draining = false;

  constructor(
    handler: Handler,
    tls: ServerTls | undefined,
    { patienceMs = usualPatienceMs, connectionsMax, http2: speaksHttp2 = true }: Bounds = {},
  ) {
    this.#patienceMs = patienceMs;
    const settings = {
      headersTimeout: patienceMs,
      requestTimeout: patienceMs,
      connectionsCheckingInterval: patienceMs / 10,
    };
    const http2 = createHttp2Server(http2Settings, handler);
    http2.on("session", (session: Http2Session) => this.#trackSession(session));
    http2.on("stream", (stream: ServerHttp2Stream) => this.#expectRequest(stream));
    if (tls === undefined) {
      this.#server = createServer(settings);
      shareOnePort(this.#server, speaksHttp2 ? http2 : undefined, { patienceMs, silent: this.#silent });
    } else {
      const { certificate, key, clientCa } = tls;
      this.#server = createHttpsServer({
        ...settings,
        ALPNProtocols: speaksHttp2 ? ["h2", "http/1.1"] : ["http/1.1"],
        handshakeTimeout: patienceMs,
        cert: certificate,
        key,
        ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
      });
      shareOneTlsPort(this.#server, http2, this.#silent);
    }
    if (connectionsMax !== undefined) this.#server.maxConnections = connectionsMax;
    this.#server.on("request", (request, response) => {
      this.#silent.delete(request.socket);
      this.#trackResponse(response);
      handler(request, response);
    });
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
    for (const response of this.#responses) makeLast(response);
    for (const socket of this.#silent) socket.destroy();
    this.#server.closeIdleConnections();
    const destroyAll = () => {
      for (const socket of this.#sockets) socket.destroy();
    };
    if (deadline.aborted) destroyAll();
    else deadline.addEventListener("abort", destroyAll, { once: true });
    await closed;
    deadline.removeEventListener("abort", destroyAll);
  }

  #trackResponse(response: ServerResponse): void {
    this.#responses.add(response);
    response.once("close", () => this.#responses.delete(response));
    if (this.#draining) makeLast(response);
  }

  /** HTTP/2 has no time limit of its own for a request to arrive. */
  #expectRequest(stream: ServerHttp2Stream): void {
    if (stream.endAfterHeaders) return;
    const impatient = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), this.#patienceMs);
    const arrived = () => clearTimeout(impatient);
    stream.once("end", arrived).once("close", arrived);
  }

  #trackSession(session: Http2Session): void {
    this.#sessions.add(session);
    // Every HTTP/2 connection begins with its settings.
    const impatient = setTimeout(() => session.destroy(), this.#patienceMs);
    session.once("remoteSettings", () => clearTimeout(impatient));
    session.once("close", () => {
      clearTimeout(impatient);
      this.#sessions.delete(session);
    });
  }
}

/** Closes the connection after this response, and says so if it can still be said. */
function makeLast(response: ServerResponse): void {
  const { socket } = response;
  response.shouldKeepAlive = false;
  response.once("finish", () => socket?.destroySoon());
}

/**
 * Hands each of http1's connections to the server whose protocol it speaks: HTTP/2
 * connections begin with "PRI", which is no method of HTTP/1.1, so that without http2
 * they are told of a bad request.
 */
function shareOnePort(
  http1: Server,
  http2: NetServer | undefined,
  { patienceMs, silent }: { patienceMs: number; silent: Set<Socket> },
): void {
  const serveHttp1 = takeOver(http1, "connection");
  http1.on("connection", (socket: Socket) => {
    watchSilence(socket, silent);
    const chunks: Buffer[] = [];
    const giveUp = () => socket.destroy();
    const peek = (chunk: Buffer) => {
      chunks.push(chunk);
      const first = Buffer.concat(chunks);
      if (first.length < methodBytes) return;
      socket.off("data", peek).off("error", giveUp).off("end", giveUp).off("timeout", giveUp).setTimeout(0);
      socket.pause().unshift(first);
      if (http2 !== undefined && first.subarray(0, methodBytes).toString("latin1") === "PRI") {
        silent.delete(socket);
        http2.emit("connection", socket);
      } else {
        serveHttp1(socket);
        socket.resume();
      }
    };
    // Nobody else is there yet to close a connection that ends before it has said anything.
    socket.on("error", giveUp).on("end", giveUp).on("data", peek);
    socket.setTimeout(patienceMs).on("timeout", giveUp);
  });
}

/** As `shareOnePort`, but the protocol has been agreed on in the handshake. */
function shareOneTlsPort(http1: Server, http2: NetServer, silent: Set<Socket>): void {
  const serveHttp1 = takeOver(http1, "secureConnection");
  http1.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") {
      http2.emit("connection", socket);
    } else {
      watchSilence(socket, silent);
      serveHttp1(socket);
    }
  });
}

/** What the server itself does on the event, which it no longer does by itself. */
function takeOver(server: Server, event: string): (socket: Socket) => void {
  const listeners = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  return (socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
}

function watchSilence(socket: Socket, silent: Set<Socket>): void {
  silent.add(socket);
  socket.once("close", () => silent.delete(socket));
}
