import {
  constants,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Connection, Connections } from "./connections.ts";
import { Http2Requests } from "./http2-requests.ts";
import { looksPerPatience, type PortBounds, piecesMax } from "./port-bounds.ts";
import { takeOver } from "./take-over.ts";

interface Session {
  readonly session: ServerHttp2Session;
  readonly connection: Connection | undefined;
  /** Whether it has sent its settings, with which every HTTP/2 connection begins. */
  begun: boolean;
  streams: number;
  /** PING and SETTINGS since the last look. */
  controlFrames: number;
  /** Bytes that had come at the last look. */
  bytesRead: number;
  /** How many looks in a row nothing had come, no request was open, and it was about to close. */
  quietLooks: number;
  idleLooks: number;
  closingLooks: number;
}

/** After how many times the patience without a word a connection is asked whether it is still there. */
const patiencesUntilAsked = 6;

/**
 * Keeps an HTTP/2 server within its bounds where Node leaves open what whoever connects
 * may do. Node itself bounds resets, invalid frames, settings in one frame, continuations,
 * pings whose answers are not read, and headers by number.
 */
export class Http2Watch {
  readonly #connections: Connections;
  readonly #requests: Http2Requests;
  readonly #bounds: PortBounds;
  readonly #sessions = new Map<ServerHttp2Session, Session>();

  /** `mayServe` may answer a request itself, and says whether the server still should. */
  constructor(
    http2: Http2Server,
    connections: Connections,
    bounds: PortBounds,
    mayServe: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean = () => true,
  ) {
    this.#connections = connections;
    this.#requests = new Http2Requests(connections, bounds);
    this.#bounds = bounds;
    http2.updateSettings({
      maxConcurrentStreams: bounds.streamsMax,
      maxHeaderListSize: bounds.headerBytesMax,
    });
    http2.on("session", (session: ServerHttp2Session) => this.#track(session));
    const serve = takeOver(http2, "stream");
    http2.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest: unknown[]) => {
      if (this.#admit(stream, headers) && mayServe(stream, headers)) serve(stream, headers, ...rest);
    });
  }

  get requests(): number {
    return this.#requests.count;
  }

  /** Takes no new request, and closes each connection once its requests are answered. */
  close(): void {
    for (const session of this.#sessions.keys()) session.close();
  }

  /** To be called `looksPerPatience` times within the patience. */
  look(): void {
    this.#requests.look();
    for (const session of this.#sessions.values()) this.#lookAt(session);
  }

  #track(session: ServerHttp2Session): void {
    const watched: Session = {
      session,
      // What a destroyed session shows is no socket.
      connection: session.destroyed ? undefined : this.#connections.of(session.socket),
      begun: false,
      streams: 0,
      controlFrames: 0,
      bytesRead: 0,
      quietLooks: 0,
      idleLooks: 0,
      closingLooks: 0,
    };
    const countFrame = () => {
      watched.begun = true;
      watched.controlFrames += 1;
      if (watched.controlFrames > this.#bounds.controlFramesMax) watched.connection?.socket.destroy();
    };
    session.on("ping", countFrame).on("remoteSettings", countFrame);
    this.#sessions.set(session, watched);
    session.once("close", () => this.#sessions.delete(session));
  }

  #lookAt(watched: Session): void {
    const { session, connection } = watched;
    const bytesRead = connection?.socket.bytesRead ?? 0;
    const bytes = bytesRead - watched.bytesRead;
    watched.bytesRead = bytesRead;
    watched.controlFrames = 0;
    watched.quietLooks = bytes === 0 ? watched.quietLooks + 1 : 0;
    watched.idleLooks = watched.streams === 0 ? watched.idleLooks + 1 : 0;
    const closing = session.destroyed || (session.closed && watched.streams === 0);
    watched.closingLooks = closing ? watched.closingLooks + 1 : 0;

    const { bytesMax, idleMs, patienceMs } = this.#bounds;
    const askedAt = patiencesUntilAsked * looksPerPatience;
    if (
      bytes > bytesMax ||
      (!watched.begun && watched.idleLooks > looksPerPatience) ||
      watched.closingLooks > looksPerPatience ||
      watched.quietLooks > askedAt + looksPerPatience
    ) {
      connection?.socket.destroy();
    } else if (!closing && watched.idleLooks >= (idleMs / patienceMs) * looksPerPatience) {
      session.close();
    } else if (!closing && watched.quietLooks === askedAt) {
      session.ping(() => {});
    }
  }

  #admit(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    // It may break off before anybody else has seen it.
    stream.on("error", () => {});
    // Every stream of a server's has the session of a server.
    const watched = this.#sessions.get(stream.session as ServerHttp2Session);
    if (watched === undefined || stream.destroyed) return false;
    // Node keeps a connection to this bound only once it has confirmed that it knows it.
    if (watched.session.pendingSettingsAck && bytesOf(headers) > this.#bounds.headerBytesMax) {
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return false;
    }
    if (!this.#requests.admit(stream, watched.connection)) return false;
    countPieces(stream);
    watched.streams += 1;
    watched.idleLooks = 0;
    stream.once("close", () => {
      watched.streams -= 1;
    });
    return true;
  }
}

/**
 * Ends a request that comes in too many pieces, before those wait in memory for the rest
 * or for whoever serves it to go on reading. They are counted where Node hands them to the
 * stream: its events tell of those alone that are read.
 */
function countPieces(stream: ServerHttp2Stream): void {
  const push = stream.push.bind(stream);
  let pieces = 0;
  stream.push = (piece, ...rest) => {
    pieces += 1;
    if (pieces > piecesMax) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    return push(piece, ...rest);
  };
}

/** As HTTP/2 counts them: 32 bytes for each besides its name and its value. */
function bytesOf(headers: IncomingHttpHeaders): number {
  let bytes = 0;
  for (const name in headers) {
    const value = headers[name];
    for (const one of typeof value === "string" ? [value] : (value ?? []))
      bytes += name.length + one.length + 32;
  }
  return bytes;
}
