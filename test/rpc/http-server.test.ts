import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { NodeRequest, NodeResponse } from "../../src/rpc/connect-handler.ts";
import { HttpServer } from "../../src/rpc/http-server.ts";
import { certificate, key } from "../config/certificate.ts";

const address = { host: "127.0.0.1", port: 0 };
const opened: { server: HttpServer; sockets: Socket[] }[] = [];

afterEach(async () => {
  for (const { server, sockets } of opened.splice(0)) {
    await server.close(AbortSignal.abort());
    for (const socket of sockets) socket.destroy();
  }
});

/** Answers `protocol path`, unless a test answers by itself. */
function echo(request: NodeRequest, response: NodeResponse): void {
  response.end(`HTTP/${request.httpVersion} ${request.url}`);
}

const layers = [
  ["in the clear", undefined, "http"],
  ["over TLS", { certificate, key }, "https"],
] as const;

describe.each(layers)("%s", (_, tls, scheme) => {
  async function serve(
    handler: typeof echo = echo,
    bounds: ConstructorParameters<typeof HttpServer>[2] = {},
  ) {
    const server = new HttpServer(handler, tls, bounds);
    const port = await server.listen(address);
    const sockets: Socket[] = [];
    opened.push({ server, sockets });
    const dial = async (protocol = "http/1.1") => {
      const socket =
        tls === undefined
          ? connect(port, "127.0.0.1")
          : connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: [protocol] });
      sockets.push(socket);
      socket.on("error", () => {});
      await once(socket, tls === undefined ? "connect" : "secureConnect");
      return socket;
    };
    const dialHttp2 = async () => {
      const session = connectHttp2(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
      session.on("error", () => {});
      await once(session, "remoteSettings");
      return session;
    };
    return { server, port, dial, dialHttp2 };
  }

  test("one port answers HTTP/1.1 and HTTP/2", async () => {
    const { dial, dialHttp2 } = await serve();
    const http1 = await dial();
    http1.write(get("/one"));
    const http2 = await dialHttp2();
    const stream = http2.request({ ":path": "/two" });
    expect(await firstOf(http1)).toContain("HTTP/1.1 /one");
    expect(await text(stream)).toBe("HTTP/2.0 /two");
    http2.destroy();
  });

  // Over TLS the handshake has been read before.
  if (tls === undefined) {
    test("what came while the process was busy counts as said in time", async () => {
      const patienceMs = 300;
      const { dial } = await serve(echo, { patienceMs });
      const caller = await dial();
      caller.write(get("/early"));
      const busyUntilMs = performance.now() + 2 * patienceMs;
      while (performance.now() < busyUntilMs);
      expect(await firstOf(caller)).toContain("HTTP/1.1 /early");
    });
  }

  test("a port may speak HTTP/1.1 alone", async () => {
    const { port, dial } = await serve(echo, { http2: false });
    const http1 = await dial();
    http1.write(get("/one"));
    expect(await firstOf(http1)).toContain("HTTP/1.1 /one");
    const http2 = connectHttp2(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
    await expect(once(http2, "remoteSettings")).rejects.toThrow();
    await closed(http2);
  });

  test("more requests than may be sent ahead: those that were taken are answered, then the connection ends", async () => {
    const taken: (() => void)[] = [];
    const { dial } = await serve((request, response) => taken.push(() => echo(request, response)), {
      pipelinedMax: 3,
    });
    const hasty = await dial();
    hasty.write([1, 2, 3, 4, 5, 6].map((number) => get(`/${number}`)).join(""));
    await vi.waitFor(() => expect(taken).toHaveLength(3));
    hasty.write(get("/7"));
    for (const answer of taken) answer();
    const answers = await text(hasty);
    expect(answers.match(/HTTP\/1\.1 \/\d/g)).toEqual(["HTTP/1.1 /1", "HTTP/1.1 /2", "HTTP/1.1 /3"]);
    expect(answers.match(/connection: [a-z-]+/gi)?.at(-1)).toMatch(/close/i);
    expect(taken).toHaveLength(3);
  });

  test("an answered connection outlasts the idle time of usual load balancers", async () => {
    const { dial } = await serve(echo, { patienceMs: 50 });
    const kept = await dial();
    kept.write(get("/one"));
    expect(await firstOf(kept)).toMatch(/keep-alive: timeout=620\r\n/i);
    // Of two, this one is not kept longer than the patience.
    await closed(await dial());
    kept.write(get("/two"));
    expect(await firstOf(kept)).toContain("HTTP/1.1 /two");
  });

  test("a connection on top of as many as a port may have takes the place of the one that has waited longest", async () => {
    const { server, dial } = await serve(echo, { connectionsMax: 2 });
    const [first, second] = [await dial(), await dial()];
    const third = await dial();
    third.write(get("/third"));
    expect(await firstOf(third)).toContain("HTTP/1.1 /third");
    await closed(first);
    second.write(get("/second"));
    expect(await firstOf(second)).toContain("HTTP/1.1 /second");
    expect(server.open.connections).toBe(2);
  });

  test("a connection on top of as many as are being answered is closed at once, until one has been", async () => {
    const arrived = Promise.withResolvers<NodeResponse>();
    const { server, port, dial } = await serve(
      (request, response) => {
        if (request.url === "/long") arrived.resolve(response);
        else response.end(`${request.url}`);
      },
      { connectionsMax: 1 },
    );
    const first = await dial();
    first.write(get("/long"));
    const response = await arrived.promise;
    await closed(connect(port, "127.0.0.1").on("error", () => {}));
    response.end("answered");
    expect(await firstOf(first)).toContain("200 OK");
    const next = await dial();
    next.write(get("/next"));
    expect(await firstOf(next)).toContain("/next");
    expect(server.open.connections).toBe(1);
  });

  test.each(["http/1.1", "h2"])(
    "a connection whose caller has hung up is forgotten, by %s",
    async (protocol) => {
      const { server, dial } = await serve();
      const socket = await dial(protocol);
      socket.write(protocol === "h2" ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0" : get("/"));
      await once(socket, "data");
      expect(server.open.connections).toBe(1);
      socket.end();
      await vi.waitUntil(() => server.open.connections === 0);
    },
  );

  test("a request that comes byte by byte is answered", async () => {
    const { dial } = await serve();
    const socket = await dial();
    socket.setNoDelay(true);
    for (const byte of get("/slow")) await new Promise((written) => socket.write(byte, written));
    expect(await firstOf(socket)).toContain("HTTP/1.1 /slow");
  });

  test.each([
    ["that says nothing", ""],
    ["that says one letter", "G"],
    ["that never ends its request line", "GET / HTT"],
    ["that never ends its headers", "GET / HTTP/1.1\r\nhost: x\r\nx-a: b\r\n"],
    ["that never ends its body", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc"],
  ])("a connection %s is closed", async (_, first) => {
    const { dial } = await serve((request) => request.resume(), { patienceMs: 300 });
    const socket = await dial();
    socket.write(first);
    await closed(socket);
  });

  test.each([
    ["that says nothing after PRI", "PRI"],
    ["that says nothing after the preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ])("an HTTP/2 connection %s is closed", async (_, first) => {
    const { dial } = await serve(echo, { patienceMs: 300 });
    const socket = await dial("h2");
    socket.write(first);
    await closed(socket);
  });

  test("an HTTP/2 request that never ends its body is closed, and its connection serves on", async () => {
    const { dialHttp2 } = await serve(
      (request, response) => {
        if (request.url === "/whole") response.end("answered");
      },
      { patienceMs: 300 },
    );
    const http2 = await dialHttp2();
    const half = http2.request({ ":method": "POST", ":path": "/half" });
    half.on("error", () => {}).write("abc");
    await once(half, "close");
    expect(await text(http2.request({ ":path": "/whole" }))).toBe("answered");
    http2.destroy();
  });

  test("close lets a request under way finish, says that the connection ends, and ends it", async () => {
    const arrived = Promise.withResolvers<NodeResponse>();
    const { server, dial } = await serve((_, response) => arrived.resolve(response));
    const socket = await dial();
    socket.write(get("/last"));
    const response = await arrived.promise;
    const close = server.close(never);
    response.end("done");
    await close;
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n.*connection: close\r\n.*done$/is);
  });

  test("close lets an HTTP/2 request under way finish", async () => {
    const arrived = Promise.withResolvers<NodeResponse>();
    const { server, dialHttp2 } = await serve((_, response) => arrived.resolve(response));
    const http2 = await dialHttp2();
    const stream = http2.request({ ":path": "/last" });
    const response = await arrived.promise;
    const close = server.close(never);
    response.end("done");
    expect(await text(stream)).toBe("done");
    await close;
  });

  test("close lets a response that has begun finish, and ends its connection", async () => {
    const arrived = Promise.withResolvers<ServerResponse>();
    const { server, dial } = await serve((_, response) => arrived.resolve(response as ServerResponse));
    const socket = await dial();
    socket.write(get("/long"));
    const response = await arrived.promise;
    response.writeHead(200, { "content-length": 9 });
    await new Promise((written) => response.write("first", written));
    const close = server.close(never);
    response.end("last");
    await close;
    expect(await text(socket)).toContain("firstlast");
  });

  test.each([
    ["that has said nothing", ""],
    ["that has said half a request", "GET / HTTP/1.1\r\n"],
  ])("close does not wait for a connection %s", async (_, first) => {
    const { server, dial } = await serve();
    const socket = await dial();
    const other = await dial();
    socket.write(first);
    other.write(get("/after"));
    await once(other, "data");
    await server.close(never);
    await closed(socket);
  });

  test("close does not wait for a connection between two requests", async () => {
    const { server, dial } = await serve();
    const socket = await dial();
    socket.write(get("/one"));
    await once(socket, "data");
    await server.close(never);
    await closed(socket);
  });

  test("close does not wait for an HTTP/2 connection without requests", async () => {
    const { server, dialHttp2 } = await serve();
    const http2 = await dialHttp2();
    await server.close(never);
    await closed(http2);
  });

  test("a connection after close is refused", async () => {
    const { server, dial } = await serve();
    await server.close(never);
    await expect(dial()).rejects.toThrow("ECONNREFUSED");
  });

  test("close breaks off what has not finished at the deadline", async () => {
    const arrived = Promise.withResolvers<NodeResponse>();
    const { server, dial } = await serve((_, response) => arrived.resolve(response));
    const socket = await dial();
    socket.write(get("/hangs"));
    await arrived.promise;
    const deadline = new AbortController();
    const close = server.close(deadline.signal);
    deadline.abort();
    await close;
    await closed(socket);
  });
});

const never = new AbortController().signal;

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: test\r\n\r\n`;
}

/** What a stream says first. */
async function firstOf(stream: NodeJS.ReadableStream): Promise<string> {
  const [chunk] = await once(stream, "data");
  return String(chunk);
}

/** Settles once the other side has closed the connection. */
async function closed(connection: Socket | ClientHttp2Session): Promise<void> {
  if ("resume" in connection) connection.resume();
  if (!connection.destroyed) await once(connection, "close");
}
