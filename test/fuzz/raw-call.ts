import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect } from "node:http2";
import { codeToString } from "@connectrpc/connect/protocol-connect";

/*
 * Requests of any bytes over connections that are kept, below every client library, and
 * what came back: all that a caller could see, whatever the protocol.
 */

interface RawRequest {
  readonly verb?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface RawAnswer {
  readonly status: number;
  /** Of the head and of the end. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface Connection {
  call(request: RawRequest): Promise<RawAnswer>;
  close(): void;
}

/** Opened again when the server has closed it. */
export function http2Connection(port: number): Connection {
  let session: ClientHttp2Session | undefined;
  const open = () => {
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(`http://127.0.0.1:${port}`);
      session.on("error", () => {}); // Every request of it is told.
    }
    return session;
  };
  return {
    call: ({ verb = "POST", path, headers, body }) =>
      new Promise((resolve, reject) => {
        const stream = open().request({ ":method": verb, ":path": path, ...headers });
        const answer = { status: 0, headers: {}, chunks: [] as Buffer[] };
        const add = (more: object) => Object.assign(answer.headers, more);
        stream.on("response", (head) => {
          answer.status = Number(head[":status"]);
          add(head);
        });
        stream.on("trailers", add);
        stream.on("data", (chunk: Buffer) => answer.chunks.push(chunk));
        stream.once("error", reject);
        stream.once("close", () => {
          const { status, headers } = answer;
          if (status === 0) reject(new Error(`the stream closed without an answer: ${stream.rstCode}`));
          else resolve({ status, headers, body: Buffer.concat(answer.chunks) });
        });
        stream.end(body);
      }),
    close: () => session?.destroy(),
  };
}

export function http1Connection(port: number): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    call: async ({ verb: method = "POST", path, headers, body }) => {
      const sent = httpRequest({ host: "127.0.0.1", port, path, method, headers: { ...headers }, agent });
      const answered = once(sent, "response");
      // A server that refuses a body may close the connection while the rest is being written.
      sent.on("error", () => {});
      sent.end(body);
      const [response] = (await answered) as [IncomingMessage];
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return {
        status: response.statusCode ?? 0,
        headers: { ...response.headers, ...response.trailers },
        body: Buffer.concat(chunks),
      };
    },
    close: () => agent.destroy(),
  };
}

/** What an answer came to: a code's name, `ok` among them, or `http` and a status where no protocol was spoken. */
export interface Told {
  readonly code: string;
  /** The message of an `ok`. */
  readonly message: Buffer;
  /** For a search: everything that came back, with what is in base64 decoded. */
  readonly everything: string;
}

/** Reads an answer of gRPC, gRPC-Web or Connect by what it says that it is. */
export function toldBy({ status, headers, body }: RawAnswer): Told {
  const type = String(headers["content-type"] ?? "");
  const everything = everythingIn(headers, body);
  if (type.startsWith("application/grpc")) {
    const frames = framesIn(body);
    const end = frames.find(({ flags }) => (flags & 0x80) !== 0)?.content.toString() ?? "";
    const grpcStatus = headers["grpc-status"] ?? /grpc-status: *(\d+)/i.exec(end)?.[1];
    const message = frames.find(({ flags }) => flags === 0)?.content ?? Buffer.alloc(0);
    const code = grpcStatus === undefined ? `http ${status}` : nameOf(Number(grpcStatus));
    return { code, message, everything: everything + decodedIn(end) };
  }
  if (status === 200) return { code: "ok", message: body, everything };
  const code = type.startsWith("application/json")
    ? /"code":"([a-z_]+)"/.exec(body.toString())?.[1]
    : undefined;
  return { code: code ?? `http ${status}`, message: Buffer.alloc(0), everything };
}

/** One message in the frame of gRPC and gRPC-Web. */
export function framed(message: Uint8Array, { flags = 0, length = message.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

function framesIn(body: Buffer): { flags: number; content: Buffer }[] {
  const frames: { flags: number; content: Buffer }[] = [];
  for (let at = 0; at + 5 <= body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    frames.push({ flags: body.readUInt8(at), content: body.subarray(at + 5, end) });
    at = end;
  }
  return frames;
}

function nameOf(code: number): string {
  return code === 0 ? "ok" : codeToString(code);
}

function everythingIn(headers: RawAnswer["headers"], body: Buffer): string {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const text = [...head, body.toString()].join("\n");
  return text + decodedIn(text);
}

/** The details of errors: in a header of gRPC, in a field of Connect. */
function decodedIn(text: string): string {
  const found = text.match(/(?<=grpc-status-details-bin: *|"value":")[A-Za-z0-9+/=_-]+/g) ?? [];
  return found.map((base64) => `\n${Buffer.from(base64, "base64").toString()}`).join("");
}
