import { constants, type ServerHttp2Stream } from "node:http2";
import type { Connection, Connections } from "./connections.ts";
import { looksPerPatience, type PortBounds } from "./port-bounds.ts";
import type { PortLog } from "./port-log.ts";

interface Request {
  readonly stream: ServerHttp2Stream;
  readonly connection: Connection | undefined;
  /** The look at the port that it came before. */
  readonly look: number;
  /** Whether it has arrived whole, and its connection does not give way. */
  isAnswered: boolean;
  /** Bytes of its answer that waited to be taken when last looked at, and how often they had not changed since. */
  waiting: number;
  stalledLooks: number;
}

/** The requests open on all HTTP/2 connections of one port, bounded in number and in time. */
export class Http2Requests {
  readonly #connections: Connections;
  readonly #max: number;
  readonly #log: PortLog | undefined;
  readonly #open = new Map<ServerHttp2Stream, Request>();
  /** Those that have not arrived whole, oldest first. */
  readonly #arriving = new Set<Request>();
  #looks = 0;

  constructor(connections: Connections, { requestsMax }: PortBounds, log?: PortLog) {
    this.#connections = connections;
    this.#max = requestsMax;
    this.#log = log;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Takes the new request in, or closes it and answers false. */
  admit(stream: ServerHttp2Stream, connection: Connection | undefined): boolean {
    if (this.#open.size >= this.#max && !this.#makeRoom()) {
      this.#log?.closed("as many requests as may be are all being worked on", peerOf(connection));
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return false;
    }
    const look = this.#looks;
    const request = { stream, connection, look, isAnswered: false, waiting: 0, stalledLooks: 0 };
    this.#open.set(stream, request);
    if (stream.endAfterHeaders) this.#arrived(request);
    else {
      this.#arriving.add(request);
      stream.once("end", () => this.#arrived(request));
    }
    stream.once("close", () => {
      this.#open.delete(stream);
      this.#arriving.delete(request);
      if (request.isAnswered && connection !== undefined) this.#connections.answerEnds(connection);
    });
    return true;
  }

  /** To be called `looksPerPatience` times within the patience. */
  look(): void {
    this.#looks += 1;
    for (const request of this.#arriving) {
      if (this.#looks - request.look <= looksPerPatience) break;
      this.#log?.closed("the request did not arrive in time", peerOf(request.connection));
      request.stream.close(constants.NGHTTP2_CANCEL);
    }
    for (const request of this.#open.values()) this.#lookAtAnswer(request);
  }

  #arrived(request: Request): void {
    const { connection } = request;
    this.#arriving.delete(request);
    if (connection === undefined || request.stream.destroyed) return;
    request.isAnswered = true;
    this.#connections.answerBegins(connection);
  }

  /** Of the requests that wait for their callers, which are not those being worked on. */
  #makeRoom(): boolean {
    const [oldest = this.#oldestNotTaken()] = this.#arriving;
    if (oldest === undefined) return false;
    this.#arriving.delete(oldest);
    this.#open.delete(oldest.stream);
    this.#log?.closed("the request gave way to a new one", peerOf(oldest.connection));
    oldest.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    return true;
  }

  /** The oldest whose answer is there, and waits to be taken. */
  #oldestNotTaken(): Request | undefined {
    for (const request of this.#open.values()) if (request.stream.writableLength > 0) return request;
    return undefined;
  }

  /** Closes a request whose answer is not taken, or whose body goes on after its answer. */
  #lookAtAnswer(request: Request): void {
    const { stream } = request;
    const waiting = stream.writableLength;
    const answeredEarly = stream.writableFinished && !stream.readableEnded;
    const stalled = (waiting > 0 && waiting === request.waiting) || answeredEarly;
    request.stalledLooks = stalled ? request.stalledLooks + 1 : 0;
    request.waiting = waiting;
    // One look in between leaves the end of the answer time to get out.
    if (answeredEarly && request.stalledLooks > 2) {
      // Closed, Node would have it wait until somebody has read what had come.
      stream.destroy();
    } else if (answeredEarly && request.stalledLooks > 1) {
      stream.close(constants.NGHTTP2_NO_ERROR);
    } else if (request.stalledLooks > looksPerPatience + 1) {
      // Not even that it is closed is taken.
      if (request.connection !== undefined) {
        this.#connections.hangUp(request.connection, "its answers were not taken");
      }
    } else if (request.stalledLooks > looksPerPatience) {
      if (!stream.closed) this.#log?.closed("its answer was not taken", peerOf(request.connection));
      stream.close(constants.NGHTTP2_CANCEL);
    }
  }
}

function peerOf(connection: Connection | undefined): string | undefined {
  return connection?.peer;
}
