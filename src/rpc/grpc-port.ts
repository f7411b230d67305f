import type { Http2Server, IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { Code } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import * as grpc from "@grpc/grpc-js";
import type { ServerTls } from "../config/config.ts";
import { Connections } from "./connections.ts";
import type { Failure } from "./failure.ts";
import { statusBytes } from "./grpc-server.ts";
import { Http2Watch } from "./http2-watch.ts";
import { looksPerPatience, type PortBounds, portBounds } from "./port-bounds.ts";
import type { PortLog } from "./port-log.ts";
import { boundTimeout, grpcError, whyRefused } from "./request-head.ts";
import { tellOfTls, tlsOptions } from "./tls-options.ts";

/** In place of the usual bounds; who is told what is refused or ended; and what stands before every call. */
interface Options extends Partial<PortBounds> {
  readonly log?: PortLog | undefined;
  readonly admit: Admit;
}

/** Why the call at this path with these headers is refused, if it is. */
export type Admit = (path: string, headers: IncomingHttpHeaders) => Failure | undefined;

/**
 * The port of a gRPC server.
 *
 * grpc-js bounds neither connections nor the time that anything takes; so it is handed
 * connections that are listened for, and watched, here.
 */
export class GrpcPort {
  readonly #grpc: grpc.Server;
  readonly #server: NetServer;
  readonly #connections: Connections;
  readonly #patienceMs: number;
  readonly #log: PortLog | undefined;
  readonly #watch: Http2Watch;
  #looking: NodeJS.Timeout | undefined;

  /** `admit` answers why a call is refused before its message is read. */
  constructor(server: grpc.Server, tls: ServerTls | undefined, { admit, log, ...changes }: Options) {
    const bounds = { ...portBounds, ...changes };
    this.#grpc = server;
    this.#patienceMs = bounds.patienceMs;
    this.#log = log;
    this.#connections = new Connections(bounds.connectionsMax, log);
    const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
    this.#watch = new Http2Watch(http2ServerOf(server), this.#connections, bounds, {
      log,
      mayServe: (stream, headers, peer) => this.#mayServe(stream, headers, { admit, peer }),
    });
    if (tls === undefined) {
      this.#server = createServer((socket: Socket) => {
        if (this.#connections.admit(socket)) injector.injectConnection(socket);
      });
    } else {
      this.#server = createTlsServer({ ...tlsOptions(tls, bounds.patienceMs), ALPNProtocols: ["h2"] });
      this.#server.on("connection", (socket: Socket) => this.#connections.admit(socket, { tls: true }));
      this.#server.on("tlsClientError", (_error: Error, socket: TLSSocket) => socket.destroy());
      tellOfTls(this.#server, log);
      this.#server.on("secureConnection", (socket: TLSSocket) => {
        this.#connections.secured(socket);
        injector.injectConnection(socket);
      });
    }
  }

  /** Connections and requests open now. */
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

  /** Takes no new connection, lets calls under way finish, and closes what is left once `deadline` aborts. */
  async close(deadline: AbortSignal): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const destroyAll = () => this.#connections.destroyAll();
    if (deadline.aborted) destroyAll();
    else deadline.addEventListener("abort", destroyAll, { once: true });
    this.#connections.destroyShakingHands();
    // Asks all others to finish, and does not wait until they have: grpc-js does not own their connections.
    this.#grpc.tryShutdown(() => {});
    await closed;
    clearInterval(this.#looking);
    this.#log?.sumUp();
    deadline.removeEventListener("abort", destroyAll);
  }

  /**
   * Refuses by the headers alone what the HTTP port refuses too. Compressed requests:
   * grpc-js would unpack everything that comes in one frame side by side, which takes a
   * hundred times its size. Callers without a key: before anything of theirs is decoded.
   */
  #mayServe(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    { admit, peer }: { admit: Admit; peer: string | undefined },
  ): boolean {
    const path = headers[":path"] ?? "";
    const refuse = (detail: string, answer: OutgoingHttpHeaders) => {
      this.#log?.refused(detail, peer);
      stream.respond(answer, { endStream: true });
      // What still comes of the request is read to be forgotten.
      stream.resume();
      return false;
    };
    if (!/^application\/grpc(?:\+proto)?(?:;|$)/i.test(headers["content-type"] ?? "")) {
      return refuse("its content type is not gRPC's", { ":status": 415 });
    }
    if ((headers["grpc-encoding"] ?? "identity") !== "identity") {
      const refusal = { code: Code.Unimplemented, message: "requests are not to be compressed" };
      return refuse(refusal.message, { ...grpcError(refusal), "grpc-accept-encoding": "identity" });
    }
    const noTimeout = boundTimeout(headers);
    if (noTimeout !== undefined) return refuse(noTimeout.message, grpcError(noTimeout));
    const failure = admit(path, headers);
    if (failure !== undefined) {
      const details = statusBytes(failure).toString("base64");
      return refuse(failure.reason, { ...grpcError(failure), "grpc-status-details-bin": details });
    }
    stream.once("close", () => this.#tellOfRefusal(stream, peer));
    return true;
  }

  /** grpc-js answers some requests by itself; unlike ours, its errors have no details. */
  #tellOfRefusal({ sentHeaders, sentTrailers, readableEnded }: ServerHttp2Stream, peer?: string): void {
    const sent = { ...sentHeaders, ...sentTrailers };
    const status = Number(sent["grpc-status"] ?? 0);
    const byItself = status !== 0 && sent["grpc-status-details-bin"] === undefined;
    // A call whose time is over while it is worked on has a line of its own.
    const isCall = readableEnded && [Code.DeadlineExceeded, Code.Canceled].includes(status);
    if (!byItself || isCall) return;
    this.#log?.refused(whyRefused(status), peer, { code: codeToString(status) });
  }
}

/**
 * The HTTP/2 server that grpc-js makes for an injector. It keeps it in a field that its
 * types call private, and has no other way to bound how long a request takes to arrive.
 */
function http2ServerOf(server: grpc.Server): Http2Server {
  const { http2Servers } = server as unknown as { http2Servers?: ReadonlyMap<Http2Server, unknown> };
  const [http2] = http2Servers?.keys() ?? [];
  if (http2 === undefined) throw new Error("this release of grpc-js keeps its HTTP/2 servers elsewhere");
  return http2;
}
