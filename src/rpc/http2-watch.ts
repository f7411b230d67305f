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
import type { PortLog } from "./port-log.ts";
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
  readonly #log: PortLog | undefined;
  readonly #sessions = new Map<ServerHttp2Session, Session>();

  /** `mayServe` may answer a request itself, and says whether the server still should. */
  constructor(
    http2: Http2Server,
    connections: Connections,
    bounds: PortBounds,
    {
      log,
      mayServe = () => true,
    }: {
      log?: PortLog | undefined;
      mayServe?: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, peer?: string) => boolean;
    } = {},
  ) {
    this.#connections = connections;
    this.#requests = new Http2Requests(connections, bounds, log);
    this.#bounds = bounds;
    this.#log = log;
    http2.updateSettings({
      maxConcurrentStreams: bounds.streamsMax,
      maxHeaderListSize: bounds.headerBytesMax,
    });
    http2.on("session", (session: ServerHttp2Session) => this.#track(session));
    const serve = takeOver(http2, "stream");
    http2.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest: unknown[]) => {
      // Every stream of a server's has the session of a server.
      const watched = this.#sessions.get(stream.session as ServerHttp2Session);
      if (!this.#admit(stream, headers, watched)) return;
      if (mayServe(stream, headers, watched?.connection?.peer)) serve(stream, headers, ...rest);
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
      if (watched.controlFrames > this.#bounds.controlFramesMax) {
        this.#hangUp(watched, "too many PING and SETTINGS frames");
      }
    };
    session.on("ping", countFrame).on("remoteSettings", countFrame);
    this.#sessions.set(session, watched);
    // Node's own bounds: invalid frames, resets in numbers, headers without an end.
    const peer = peerOf(watched);
    session.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code?.startsWith("ERR_HTTP2_")) this.#log?.closed("it broke the rules of HTTP/2", peer);
    });
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
    if (bytes > bytesMax) {
      this.#hangUp(watched, "too many bytes in a second");
    } else if (!watched.begun && watched.idleLooks > looksPerPatience) {
      this.#hangUp(watched, "it did not begin in time");
    } else if (watched.closingLooks > looksPerPatience) {
      this.#hangUp(watched, "asked to leave, it stayed");
    } else if (watched.quietLooks > askedAt + looksPerPatience) {
      this.#hangUp(watched, "asked whether it is there, it said nothing");
    } else if (!closing && watched.idleLooks >= (idleMs / patienceMs) * looksPerPatience) {
      session.close();
    } else if (!closing && watched.quietLooks === askedAt) {
      session.ping(() => {});
    }
  }

  #hangUp({ connection }: Session, why: string): void {
    if (connection !== undefined) this.#connections.hangUp(connection, why);
  }

  #admit(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, watched: Session | undefined): boolean {
    // It may break off before anybody else has seen it.
    stream.on("error", () => {});
    if (watched === undefined || stream.destroyed) return false;
    // Node keeps a connection to this bound only once it has confirmed that it knows it.
    if (watched.session.pendingSettingsAck && bytesOf(headers) > this.#bounds.headerBytesMax) {
      this.#log?.closed("headers of more than their bound", peerOf(watched));
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
      return false;
    }
    if (!this.#requests.admit(stream, watched.connection)) return false;
    countPieces(stream, () => this.#log?.closed("the request comes in too many pieces", peerOf(watched)));
    watched.streams += 1;
    watched.idleLooks = 0;
    stream.once("close", () => {
      watched.streams -= 1;
    });
    return true;
  }
}

function peerOf({ connection }: Session): string | undefined {
  return connection?.peer;
}

/**
 * Ends a request that comes in too many pieces, before those wait in memory for the rest
 * or for whoever serves it to go on reading. They are counted where Node hands them to the
 * stream: its events tell of those alone that are read.
 */
function countPieces(stream: ServerHttp2Stream, onTooMany: () => void): void {
  const push = stream.push.bind(stream);
  let pieces = 0;
  stream.push = (piece, ...rest) => {
    pieces += 1;
    if (pieces === piecesMax + 1) onTooMany();
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
