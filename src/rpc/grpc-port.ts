import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import type { ServerTls } from "../config/config.ts";
import { Connections } from "./connections.ts";
import { Http2Watch } from "./http2-watch.ts";
import { looksPerPatience, type PortBounds, portBounds } from "./port-bounds.ts";
import { tlsOptions } from "./tls-options.ts";

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
  readonly #watch: Http2Watch;
  #looking: NodeJS.Timeout | undefined;

  constructor(server: grpc.Server, tls: ServerTls | undefined, changes: Partial<PortBounds> = {}) {
    const bounds = { ...portBounds, ...changes };
    this.#grpc = server;
    this.#patienceMs = bounds.patienceMs;
    this.#connections = new Connections(bounds.connectionsMax);
    const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
    this.#watch = new Http2Watch(http2ServerOf(server), this.#connections, bounds, mayServe);
    if (tls === undefined) {
      this.#server = createServer((socket: Socket) => {
        if (this.#connections.admit(socket)) injector.injectConnection(socket);
      });
    } else {
      this.#server = createTlsServer({ ...tlsOptions(tls, bounds.patienceMs), ALPNProtocols: ["h2"] });
      this.#server.on("connection", (socket: Socket) => this.#connections.admit(socket, { tls: true }));
      this.#server.on("tlsClientError", (_error: Error, socket: TLSSocket) => socket.destroy());
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
    deadline.removeEventListener("abort", destroyAll);
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

/**
 * Refuses compressed requests, as the HTTP port does: grpc-js would unpack everything
 * that comes in one frame side by side, which takes a hundred times its size.
 */
function mayServe(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
  if ((headers["grpc-encoding"] ?? "identity") !== "identity") {
    const refusal = {
      ":status": 200,
      "content-type": "application/grpc+proto",
      "grpc-status": grpc.status.UNIMPLEMENTED,
      "grpc-message": "requests are not to be compressed",
      "grpc-accept-encoding": "identity",
    };
    stream.respond(refusal, { endStream: true });
    return false;
  }
  return true;
}
