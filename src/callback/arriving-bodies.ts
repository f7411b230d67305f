import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { isIPv6 } from "node:net";
import { piecesMax } from "../rpc/port-bounds.ts";
import type { PortLog } from "../rpc/port-log.ts";

export type Request = IncomingMessage | Http2ServerRequest;

/** More than any vendor sends at once. */
const bodyBytesMax = 256 * 1024;

/** Bodies that may arrive at a time, of all peers. */
const arrivingMax = 200;

/**
 * The bodies that arrive now, bounded in number: they are read before it is known who
 * sent them, and strangers must not fill the memory.
 *
 * Whoever lets many arrive slowly must not keep the vendors out: one on top takes the
 * place of the one arriving longest, of the peer that has most of them.
 */
export class ArrivingBodies {
  readonly #log: PortLog;
  /** By peer, oldest first. */
  readonly #arriving = new Map<string, Set<Request>>();
  #count = 0;

  constructor(log: PortLog) {
    this.#log = log;
  }

  /** The body as it came, or why there is none. */
  async read(request: Request): Promise<Buffer | "too long" | "broken off"> {
    if (this.#count >= arrivingMax) this.#makeRoom();
    const peer = networkOf(request.socket.remoteAddress ?? "");
    const ofPeer = this.#arriving.get(peer) ?? new Set();
    this.#arriving.set(peer, ofPeer.add(request));
    this.#count += 1;
    try {
      return await wholeBody(request);
    } finally {
      this.#count -= 1;
      ofPeer.delete(request);
      if (ofPeer.size === 0 && this.#arriving.get(peer) === ofPeer) this.#arriving.delete(peer);
    }
  }

  #makeRoom(): void {
    let most = new Set<Request>();
    for (const ofPeer of this.#arriving.values()) if (ofPeer.size > most.size) most = ofPeer;
    const [longest] = most;
    if (longest === undefined) return;
    most.delete(longest);
    this.#log.closed("the request gave way to a new one", longest.socket.remoteAddress);
    longest.socket.destroy();
  }
}

async function wholeBody(request: Request): Promise<Buffer | "too long" | "broken off"> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > bodyBytesMax || chunks.length >= piecesMax) return "too long";
      chunks.push(chunk);
    }
  } catch {
    return "broken off";
  }
  return Buffer.concat(chunks);
}

/** Whose address it is: of IPv6, everybody has a whole network of 64 bits. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address;
  const [before = "", after = ""] = address.split("::");
  const leading = before.split(":").filter(Boolean);
  const trailing = after.split(":").filter(Boolean);
  const zeros = Array<string>(Math.max(0, 8 - leading.length - trailing.length)).fill("0");
  return [...leading, ...zeros, ...trailing].slice(0, 4).join(":");
}
