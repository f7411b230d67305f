import { connect, type Socket } from "node:net";

/** All that Redis tells who has sent one command: a MONITOR, or a subscriber. */
export class RedisListener {
  readonly #socket: Socket;
  seen = "";

  constructor(port: number, command: string) {
    this.#socket = connect(port, "127.0.0.1", () => this.#socket.write(`${command}\r\n`));
    this.#socket.on("data", (chunk) => {
      this.seen += chunk.toString("latin1");
    });
  }

  stop(): void {
    this.#socket.destroy();
  }
}
