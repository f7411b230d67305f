import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SeenRequest } from "../support/faulty-http-server.ts";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An HTTP server that remembers what it was asked. */
export interface RecordingServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Oldest first. */
  readonly requests: readonly SeenRequest[];
  /** The first request that is meant, as soon as it has come whole. */
  until(isMeant: (request: SeenRequest) => boolean): Promise<SeenRequest>;
  close(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1. What `answer` has no answer for is left without one. */
export async function startRecordingServer(
  answer: (request: SeenRequest) => Promise<Answer | undefined>,
): Promise<RecordingServer> {
  const requests: SeenRequest[] = [];
  let heard = Promise.withResolvers<void>();
  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = await read(incoming);
    requests.push(request);
    heard.resolve();
    heard = Promise.withResolvers();
    const answered = await answer(request);
    if (answered !== undefined) response.writeHead(answered.status, answered.headers).end(answered.body);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A TCP server on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    until: async (isMeant) => {
      for (;;) {
        const found = requests.find(isMeant);
        if (found !== undefined) return found;
        await heard.promise;
      }
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Remembers what it passes on to another server. */
export function startRecordingProxy(target: string): Promise<RecordingServer> {
  return startRecordingServer(async ({ method, url, headers, body }) => {
    const { authorization, "content-type": contentType } = headers;
    const answer = await fetch(`${target}${url}`, {
      method,
      headers: { authorization: String(authorization), "content-type": String(contentType) },
      body,
    });
    return { status: answer.status, body: await answer.text() };
  });
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = "", url = "", headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
}
