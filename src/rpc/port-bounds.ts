/** What a port grants to whoever connects to it, before it is known who that is. */
export interface PortBounds {
  /**
   * Connections at a time. One on top takes the place of the one that has waited longest
   * without being answered anything; if all are being answered, it is closed at once.
   */
  readonly connectionsMax: number;
  /**
   * In milliseconds: how long a handshake, the first words of a connection, and a request
   * may take to arrive whole, and an answer to be taken. A tenth of it is how often the
   * port looks.
   */
  readonly patienceMs: number;
  /** How long an HTTP/2 connection may have no request before it is asked to leave, in milliseconds. */
  readonly idleMs: number;
  /**
   * How long an HTTP/1.1 connection may have no request before it is closed, in milliseconds.
   * Longer than any load balancer keeps its own idle ones, or it would now and then send a
   * request into one that is being closed, and answer 502.
   */
  readonly keepAliveMs: number;
  /** HTTP/2 requests open at a time on one connection. Callers wait with more by themselves. */
  readonly streamsMax: number;
  /**
   * HTTP/2 requests open at a time on all connections. One on top takes the place of the
   * one that has been arriving longest, or else of the oldest whose answer is not taken; if
   * all are being worked on, it is refused as not begun, which callers repeat by themselves.
   */
  readonly requestsMax: number;
  /** HTTP/1.1 requests that one connection may have sent ahead of their answers. It ends with the answers to these. */
  readonly pipelinedMax: number;
  /** The headers of one request, in bytes: HTTP/1.1's bound in Node, for HTTP/2 too. */
  readonly headerBytesMax: number;
  /** PING and SETTINGS frames that one connection may send in a tenth of the patience. */
  readonly controlFramesMax: number;
  /** Bytes that one HTTP/2 connection may send in a tenth of the patience: more than can be calls. */
  readonly bytesMax: number;
  /** Watchers of the server's health at a time, each of whom keeps a request open. More are refused. */
  readonly watchersMax: number;
}

export const portBounds: PortBounds = {
  connectionsMax: 4_000,
  patienceMs: 10_000,
  idleMs: 300_000,
  // Google's keeps them for 600 s; nginx's and Amazon's for 60 s.
  keepAliveMs: 620_000,
  streamsMax: 250,
  requestsMax: 2_000,
  pipelinedMax: 10,
  headerBytesMax: 16 * 1024,
  controlFramesMax: 10_000,
  bytesMax: 16 * 1024 * 1024,
  watchersMax: 500,
};

/** How often a port looks after its connections within its patience. */
export const looksPerPatience = 10;

/**
 * The pieces that one request's body may come in: a piece of one byte takes more than a
 * hundred in memory until the body is whole.
 */
export const piecesMax = 1_024;
