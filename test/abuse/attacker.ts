import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { endStream, type Frame, framesIn, frameTypes, preface, settings } from "./frames.ts";

interface Dialling {
  readonly tls?: boolean;
  readonly stays?: boolean;
  /** An address of this machine's to dial, and the port to dial it from. */
  readonly host?: string;
  readonly localPort?: number;
}

/** A connection that says what it is told to, and counts what it is answered. */
export class Attacker {
  readonly socket: Socket;
  /** How many frames of each type came back. */
  readonly received = new Map<number, number>();
  /** Streams that ended, by their answer's end or by a reset, and the reset's code, or 0. */
  readonly ended = new Map<number, number>();
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {}).setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      const { frames, rest } = framesIn(Buffer.concat([this.#rest, chunk]));
      this.#rest = rest;
      for (const one of frames) this.#count(one);
    });
  }

  /** One that `stays` goes on when the service has said its last. */
  static async dial(port: number, { tls = false, stays = false, ...from }: Dialling = {}): Promise<Attacker> {
    const socket = tls
      ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] })
      : connect({ port, host: "127.0.0.1", allowHalfOpen: stays, ...from });
    const attacker = new Attacker(socket);
    await Promise.race([once(socket, tls ? "secureConnect" : "connect"), once(socket, "close")]);
    return attacker;
  }

  /** A connection that has begun as HTTP/2 connections do. */
  static async begin(
    port: number,
    { with: pairs = [], tls = false }: { with?: readonly (readonly [number, number])[]; tls?: boolean } = {},
  ): Promise<Attacker> {
    const attacker = await Attacker.dial(port, { tls });
    attacker.write(preface, settings(...pairs));
    return attacker;
  }

  get closed(): boolean {
    return this.socket.destroyed;
  }

  /** All in as few packets as it takes. */
  write(...frames: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames));
  }

  /** As `write`, and waits until the other side has taken it all or has hung up. */
  async push(...frames: readonly Uint8Array[]): Promise<void> {
    if (this.socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.socket.once("close", resolve);
      this.socket.write(Buffer.concat(frames), () => {
        this.socket.off("close", resolve);
        resolve();
      });
    });
  }

  count(type: number): number {
    return this.received.get(type) ?? 0;
  }

  #count({ type, flags, stream, payload }: Frame): void {
    this.received.set(type, this.count(type) + 1);
    if (type === frameTypes.resetStream) this.ended.set(stream, payload.readUInt32BE(0));
    else if (type <= frameTypes.headers && flags & endStream && !this.ended.has(stream))
      this.ended.set(stream, 0);
  }
}

export const verify = `/${PasscodeService.typeName}/VerifyPasscode`;
export const watchHealth = `/${Health.typeName}/Watch`;

/** The headers of a gRPC call. */
export function callHeaders(path: string = verify): Record<string, string> {
  return {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "127.0.0.1",
    "content-type": "application/grpc",
    te: "trailers",
  };
}

/** Numbers that a caller may give its streams. */
export function streamIds(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => 2 * (from + index) + 1);
}
