import type { Server } from "node:http";
import type { Server as NetServer, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { takeOver } from "./take-over.ts";

/** Enough of a request to tell HTTP/2 from HTTP/1.1. */
const methodBytes = 3;

/**
 * Hands each of http1's connections to the server whose protocol it speaks: HTTP/2
 * connections begin with "PRI", which is no method of HTTP/1.1, so that without http2
 * they are told of a bad request.
 */
export function shareOnePort(
  http1: Server,
  http2: NetServer | undefined,
  {
    patienceMs,
    tooLate,
    silent,
  }: { patienceMs: number; tooLate: (peer?: string) => void; silent: Set<Socket> },
): void {
  const serveHttp1 = takeOver<[Socket]>(http1, "connection");
  http1.on("connection", (socket: Socket) => {
    if (socket.destroyed) return;
    watchSilence(socket, silent);
    const chunks: Buffer[] = [];
    const giveUp = () => socket.destroy();
    const peek = (chunk: Buffer) => {
      chunks.push(chunk);
      const first = Buffer.concat(chunks);
      if (first.length < methodBytes) return;
      stopWaiting();
      socket.off("data", peek).off("error", giveUp).off("end", giveUp);
      socket.pause().unshift(first);
      if (http2 !== undefined && first.subarray(0, methodBytes).toString("latin1") === "PRI") {
        silent.delete(socket);
        serveHttp2(http2, socket);
      } else {
        serveHttp1(socket);
        socket.resume();
      }
    };
    // Nobody else is there yet to close a connection that ends before it has said anything.
    socket.on("error", giveUp).on("end", giveUp).on("data", peek);
    // Of the whole, where a timeout of the socket would begin anew with every byte.
    const stopWaiting = afterPatience(patienceMs, () => {
      tooLate(socket.remoteAddress);
      giveUp();
    });
    socket.once("close", stopWaiting);
  });
}

/**
 * Gives up after this time, unless told to stop. What came while the process was busy is
 * read first: timers that are due are run before it. Answers what stops it.
 */
function afterPatience(patienceMs: number, giveUp: () => void): () => void {
  let due: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    due = setImmediate(giveUp);
  }, patienceMs);
  return () => {
    clearTimeout(timer);
    clearImmediate(due);
  };
}

/** As `shareOnePort`, but the protocol has been agreed on in the handshake. */
export function shareOneTlsPort(http1: Server, http2: NetServer, silent: Set<Socket>): void {
  const serveHttp1 = takeOver<[Socket]>(http1, "secureConnection");
  http1.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") {
      serveHttp2(http2, socket);
    } else {
      watchSilence(socket, silent);
      serveHttp1(socket);
    }
  });
}

function serveHttp2(http2: NetServer, socket: Socket): void {
  // As HTTP/1.1's servers open it, a connection whose caller has gone would stay open for ever.
  socket.allowHalfOpen = false;
  http2.emit("connection", socket);
}

function watchSilence(socket: Socket, silent: Set<Socket>): void {
  silent.add(socket);
  socket.once("close", () => silent.delete(socket));
}
