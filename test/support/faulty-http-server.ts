import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A request that the server was sent, whole. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What the server does with a request it has read. */
export type Behaviour =
  | { kind: "answer"; status: number; headers?: Record<string, string>; body?: string }
  /** Never answers. */
  | { kind: "silence" }
  /** Closes the connection without an answer. */
  | { kind: "reset" }
  /** Sends the head and a part of the body, then closes the connection. */
  | { kind: "resetInBody"; status: number; body: string }
  /** Answers what is not HTTP. */
  | { kind: "garbage" };

export interface FaultyHttpServer {
  readonly url: string;
  /** Oldest first. */
  readonly requests: readonly SeenRequest[];
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

/** An HTTP server on a free port of 127.0.0.1 that misbehaves as told. */
export async function startFaultyHttpServer(): Promise<FaultyHttpServer> {
  let behaviour: Behaviour = { kind: "silence" };
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    requests.push(await read(request));
    act(behaviour, request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    behave: (next) => {
      behaviour = next;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = "", url = "", headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
}

function act(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): void {
  switch (behaviour.kind) {
    case "answer":
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? "");
      return;
    case "silence":
      return;
    case "reset":
      request.socket.resetAndDestroy();
      return;
    case "resetInBody":
      response.writeHead(behaviour.status, { "content-length": String(behaviour.body.length + 1_000) });
      response.write(behaviour.body, () => request.socket.resetAndDestroy());
      return;
    case "garbage":
      request.socket.end("220 mail.example ESMTP\r\n");
  }
}
