import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Carries connections to a port of this machine, until it is told to spoil them. */
export class Relay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: number;
  #isCut = false;
  #isDeaf = false;
  #isMute = false;
  #awaited: { text: string; action: () => void } | undefined;
  #unanswered: { text: string; broken: () => void } | undefined;

  static async to(port: number): Promise<Relay> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Relay(server, port);
  }

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#target = port;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (near) => {
      if (this.#isCut) near.destroy();
      else this.#join(near, connect(this.#target, "127.0.0.1"));
    });
  }

  #join(near: Socket, far: Socket): void {
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    let breakNow: (() => void) | undefined;
    near.on("data", (chunk) => {
      this.#listenFor(chunk);
      if (this.#unanswered !== undefined && chunk.includes(this.#unanswered.text)) {
        breakNow = this.#unanswered.broken;
        this.#unanswered = undefined;
      }
      if (!this.#isMute && !far.destroyed) far.write(chunk);
    });
    far.on("data", (chunk) => {
      if (breakNow !== undefined) {
        near.destroy();
        breakNow();
        return;
      }
      if (!this.#isDeaf && !near.destroyed) near.write(chunk);
    });
  }

  #listenFor(chunk: Buffer): void {
    if (this.#awaited === undefined || !chunk.includes(this.#awaited.text)) return;
    const { action } = this.#awaited;
    this.#awaited = undefined;
    action();
  }

  /** Does something just before the next piece with this text in it is carried over. */
  before(text: string, action: () => void): void {
    this.#awaited = { text, action };
  }

  /** Breaks the next connection that carries this text, in place of an answer; resolves when that is done. */
  breakAtAnswerTo(text: string): Promise<void> {
    return new Promise((broken) => {
      this.#unanswered = { text, broken };
    });
  }

  /** Breaks every connection, and those to come. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Loses every answer from now on. What is asked still arrives. */
  loseAnswers(): void {
    this.#isDeaf = true;
  }

  /** Loses everything from now on, both ways. Connections stay. */
  silence(): void {
    this.#isDeaf = true;
    this.#isMute = true;
  }

  /** Carries to another port from now on, and breaks the connections to the former. */
  leadTo(port: number): void {
    this.#target = port;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Carries again. Connections that lost something are broken. */
  mend(): void {
    if (this.#isDeaf) for (const socket of this.#sockets) socket.destroy();
    this.#isCut = false;
    this.#isDeaf = false;
    this.#isMute = false;
    this.#awaited = undefined;
    this.#unanswered = undefined;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}
