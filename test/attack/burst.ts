import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import {
  PasscodeService,
  VerifyPasscodeRequestSchema,
  type VerifyPasscodeResponse,
  VerifyPasscodeResponseSchema,
} from "../../gen/passcode/v1/passcode_service_pb.ts";
import { outcomeOf } from "./outcome.ts";

type Guess = MessageInitShape<typeof VerifyPasscodeRequestSchema>;

/** A frame of HTTP/2 that says "this was all" and nothing else. */
const lastFrameBytes = 9;

/**
 * One HTTP/2 connection that speaks gRPC, made to have many calls arrive at one instant.
 *
 * Every call is sent but for the empty frame that ends it; those frames leave together,
 * in one write that fits into one packet of the loopback device, so that no call is
 * ahead of another by even the time that a packet takes.
 */
export class BurstConnection {
  readonly #gate: Gate;
  readonly #session: ClientHttp2Session;

  static async to(port: number): Promise<BurstConnection> {
    const socket = connect(port, "127.0.0.1").setNoDelay(true);
    await once(socket, "connect");
    const gate = new Gate(socket);
    const session = connectHttp2(`http://127.0.0.1:${port}`, { createConnection: () => gate });
    session.on("error", () => {}); // The calls reject by themselves.
    // Before the server's settings there is a bound to the streams of a connection.
    await once(session, "remoteSettings");
    return new BurstConnection(gate, session);
  }

  private constructor(gate: Gate, session: ClientHttp2Session) {
    this.#gate = gate;
    this.#session = session;
  }

  /** Has the calls all but sent; `release` sends what is left of them. */
  async prepare(guesses: readonly Guess[]): Promise<Burst> {
    const streams = guesses.map(() => this.#request());
    await Promise.all(streams.map((stream, index) => written(stream, framed(guesses[index] ?? {}))));
    const held = this.#gate.hold(streams.length * lastFrameBytes);
    for (const stream of streams) stream.end();
    await held;
    const outcomes = streams.map((stream) => outcomeOf(answerOf(stream)));
    return {
      outcomes,
      release: () => this.#gate.release(),
      giveUp: () => {
        for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
      },
    };
  }

  /** Settles once the server has read everything sent until now. */
  async heard(): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#session.ping((error) => (error === null ? resolve() : reject(error))),
    );
  }

  close(): void {
    this.#session.destroy();
  }

  #request(): ClientHttp2Stream {
    const stream = this.#session.request(
      {
        ":method": "POST",
        ":path": `/${PasscodeService.typeName}/${PasscodeService.method.verifyPasscode.name}`,
        "content-type": "application/grpc",
        te: "trailers",
      },
      { endStream: false },
    );
    stream.on("error", () => {}); // What becomes of the call is told when it closes.
    return stream;
  }
}

/** Calls that have all but arrived. */
export interface Burst {
  /** What becomes of each, in one word. */
  readonly outcomes: readonly Promise<string>[];
  /** Sends what is left of all of them, in one write. */
  release(): void;
  /** Tells the server that nobody waits for them any more. */
  giveUp(): void;
}

/** A connection whose bytes leave as they come, or are held and then leave in one write. */
class Gate extends Duplex {
  readonly #socket: Socket;
  #held: Buffer[] | undefined;
  #onHeld: () => void = () => {};

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk) => this.push(chunk));
    socket.on("end", () => this.push(null));
    socket.on("error", () => this.destroy());
  }

  /** Holds what comes from now on. Settles once that is `bytes` bytes. */
  hold(bytes: number): Promise<void> {
    const held: Buffer[] = [];
    this.#held = held;
    return new Promise((resolve) => {
      this.#onHeld = () => {
        if (held.reduce((sum, { length }) => sum + length, 0) >= bytes) resolve();
      };
    });
  }

  release(): void {
    const held = Buffer.concat(this.#held ?? []);
    this.#held = undefined;
    this.#socket.write(held);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#held === undefined) {
      this.#socket.write(chunk, () => done());
    } else {
      this.#held.push(chunk);
      this.#onHeld();
      done();
    }
  }

  override _destroy(_error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(null);
  }
}

const prefixBytes = 5;

/** The message with gRPC's prefix: not compressed, and its length. */
function framed(guess: Guess): Buffer {
  const message = toBinary(VerifyPasscodeRequestSchema, create(VerifyPasscodeRequestSchema, guess));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function written(stream: ClientHttp2Stream, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) =>
    stream.write(bytes, (error) => (error == null ? resolve() : reject(error))),
  );
}

/** The response, once the stream is over; rejects with the error that the trailers tell. */
async function answerOf(stream: ClientHttp2Stream): Promise<VerifyPasscodeResponse> {
  const chunks: Buffer[] = [];
  const told = new Headers();
  const take = (headers: IncomingHttpHeaders) => {
    for (const [name, value] of Object.entries(headers)) {
      if (!name.startsWith(":")) told.set(name, String(value));
    }
  };
  // A failure may be told in the headers already: such a response has nothing else.
  stream.on("response", take).on("trailers", take);
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "close");
  if (!told.has("grpc-status")) throw new ConnectError("given up", Code.Canceled);
  const error = findTrailerError(told);
  if (error !== undefined) throw error;
  return fromBinary(VerifyPasscodeResponseSchema, Buffer.concat(chunks).subarray(prefixBytes));
}
