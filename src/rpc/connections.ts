import type { Socket } from "node:net";
import { looksPerPatience } from "./port-bounds.ts";
import type { PortLog } from "./port-log.ts";

/** What names a connection: its socket, the same over TLS, and the view of it that an HTTP/2 session shows. */
type Peer = Pick<Socket, "remoteAddress" | "remotePort" | "localAddress">;

/** How long a connection may be silent before its peer's system is asked whether it is still there, in milliseconds. */
const keepAliveMs = 60_000;

export interface Connection {
  readonly name: string;
  /** The address it comes from, for the log: a socket forgets it when it closes. */
  readonly peer: string | undefined;
  socket: Socket;
  /** Whether its TLS has yet to be agreed on. */
  shakingHands: boolean;
  /** Answers being worked on, or on their way. */
  answers: number;
  /** Bytes that waited to be taken when last looked at, and how often they had not changed since. */
  waiting: number;
  stalledLooks: number;
}

/**
 * The connections of one port, bounded in number.
 *
 * A bound that turned newcomers away would let whoever opens connections and leaves them
 * lock everybody else out; so the connection that has waited longest without being
 * answered anything gives way.
 */
export class Connections {
  readonly #max: number;
  readonly #log: PortLog | undefined;
  readonly #open = new Map<string, Connection>();
  /** Those without answers, the one that has waited longest first. */
  readonly #resting = new Set<Connection>();

  constructor(max: number, log?: PortLog) {
    this.#max = max;
    this.#log = log;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Takes the new connection in, or closes it and answers false. With `tls`, `secured` is to follow. */
  admit(socket: Socket, { tls = false }: { tls?: boolean } = {}): boolean {
    // Whoever reads from it has a handler of their own; until then it may break off too.
    this.#listenForTrouble(socket);
    const name = nameOf(socket);
    const hasRoom = this.#open.size < this.#max || this.#makeRoom();
    if (name === undefined || !hasRoom) {
      if (!hasRoom)
        this.#log?.closed("as many connections as may be are all being answered", socket.remoteAddress);
      socket.destroy();
      return false;
    }
    socket.setKeepAlive(true, keepAliveMs);
    const peer = socket.remoteAddress;
    const connection = { name, peer, socket, shakingHands: tls, answers: 0, waiting: 0, stalledLooks: 0 };
    this.#open.set(name, connection);
    this.#resting.add(connection);
    socket.once("close", () => this.#forget(connection, socket));
    return true;
  }

  /** The connection goes on over TLS, by this socket. */
  secured(socket: Socket): void {
    this.#listenForTrouble(socket);
    const connection = this.of(socket);
    if (connection === undefined) return;
    connection.socket = socket;
    connection.shakingHands = false;
    socket.once("close", () => this.#forget(connection, socket));
  }

  of(peer: Peer): Connection | undefined {
    return this.#open.get(nameOf(peer) ?? "");
  }

  /** Somebody is being answered on it: it does not give way until as many answers have ended. */
  answerBegins(connection: Connection): void {
    connection.answers += 1;
    this.#resting.delete(connection);
  }

  answerEnds(connection: Connection): void {
    connection.answers -= 1;
    if (connection.answers === 0 && this.#open.get(connection.name) === connection) {
      this.#resting.add(connection);
    }
  }

  /** Closes those that do not take what they are written. To be called `looksPerPatience` times within the patience. */
  look(): void {
    for (const connection of this.#open.values()) {
      const waiting = connection.socket.writableLength;
      const stalled = waiting > 0 && waiting === connection.waiting;
      connection.stalledLooks = stalled ? connection.stalledLooks + 1 : 0;
      connection.waiting = waiting;
      if (connection.stalledLooks >= looksPerPatience) this.hangUp(connection, "its answers were not taken");
    }
  }

  /** Closes it without a word, and has the log say why. */
  hangUp({ socket, peer }: Connection, why: string): void {
    if (!socket.destroyed) this.#log?.closed(why, peer);
    socket.destroy();
  }

  /** Closes those that nobody else knows of yet. */
  destroyShakingHands(): void {
    for (const { socket, shakingHands } of this.#open.values()) if (shakingHands) socket.destroy();
  }

  destroyAll(): void {
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  /** Node itself ends connections that do not speak HTTP/1.1, or take too long to. */
  #listenForTrouble(socket: Socket): void {
    const peer = socket.remoteAddress;
    socket.on("error", ({ code: trouble }: NodeJS.ErrnoException) => {
      if (trouble === "ERR_HTTP_REQUEST_TIMEOUT")
        this.#log?.closed("the request did not arrive in time", peer);
      else if (trouble === "HPE_HEADER_OVERFLOW") this.#log?.closed("headers of more than their bound", peer);
      // One that breaks off has gone.
      else if (trouble?.startsWith("HPE_") && trouble !== "HPE_INVALID_EOF_STATE")
        this.#log?.closed("what it said is not HTTP", peer);
    });
  }

  #makeRoom(): boolean {
    const [longest] = this.#resting;
    if (longest === undefined) return false;
    this.#open.delete(longest.name);
    this.#resting.delete(longest);
    this.hangUp(longest, "it gave way to a new connection");
    return true;
  }

  #forget(connection: Connection, socket: Socket): void {
    // Over TLS the socket beneath closes first; and the name may be another connection's by now.
    if (connection.socket !== socket) return;
    this.#resting.delete(connection);
    if (this.#open.get(connection.name) === connection) this.#open.delete(connection.name);
  }
}

/** With our own address, since a peer may use one of its ports for each of those we have. */
function nameOf({ remoteAddress, remotePort, localAddress }: Peer): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort} ${localAddress}`;
}
