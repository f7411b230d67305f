import type { Socket } from "node:net";
import type { PDU } from "smpp";
import { decode, encode, Frames, headerOf } from "./pdu.ts";
import { status } from "./status.ts";

/** `unsent`: nothing of the request has left. `unanswered`: it has, or may have. */
export type Answer =
  | { kind: "answered"; pdu: PDU }
  | { kind: "unsent"; detail: string }
  | { kind: "unanswered"; detail: string };

/** What a request says besides its command. */
interface Content {
  fields?: Readonly<Record<string, string | number | Buffer>>;
  tlvs?: ReadonlyMap<number, Buffer>;
}

/** Takes a deliver_sm or data_sm, and answers the command_status to answer it with. Never rejects. */
export type TakeMessage = (pdu: PDU) => Promise<number>;

/**
 * What is said over one connection: it pairs answers with requests and answers the SMSC's own requests.
 *
 * Takes the place of the library's own session, which never reads again after one PDU that
 * it cannot decode, and keeps what waits for an answer that does not come.
 */
export class Session {
  readonly #socket: Socket;
  readonly #takeMessage: TakeMessage;
  readonly #frames = new Frames();
  readonly #waiting = new Map<number, { command: string; settle: (answer: Answer) => void }>();
  readonly #ended = new AbortController();
  #sequence = 0;

  constructor(socket: Socket, takeMessage: TakeMessage) {
    this.#socket = socket;
    this.#takeMessage = takeMessage;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", (error) => this.end(causeOf(error)));
    socket.on("close", () => this.end("connection closed"));
  }

  /** Aborted when the session has ended, with a text that says why. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Waits for the answer until the signal is aborted. */
  request(command: string, { fields = {}, tlvs }: Content, signal: AbortSignal): Promise<Answer> {
    if (this.ended.aborted) return Promise.resolve({ kind: "unsent", detail: String(this.ended.reason) });
    if (signal.aborted) return Promise.resolve({ kind: "unsent", detail: "timeout" });
    const sequence = this.#nextSequence();
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const settle = (answer: Answer) => {
      this.#waiting.delete(sequence);
      signal.removeEventListener("abort", giveUp);
      resolve(answer);
    };
    const giveUp = () => settle({ kind: "unanswered", detail: "timeout" });
    signal.addEventListener("abort", giveUp);
    this.#waiting.set(sequence, { command, settle });
    this.#socket.write(encode(command, { ...fields, sequence_number: sequence }, tlvs));
    return promise;
  }

  /** Closes the connection. Requests under way stay unanswered. */
  end(why: string): void {
    this.#end(why, () => this.#socket.destroy());
  }

  #end(why: string, close: () => void): void {
    if (this.ended.aborted) return;
    this.#ended.abort(why);
    close();
    for (const { settle } of this.#waiting.values()) settle({ kind: "unanswered", detail: why });
  }

  #read(chunk: Buffer): void {
    this.#frames.add(chunk);
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      if (frame === "malformed") this.end("not SMPP");
      else this.#take(frame);
      if (this.ended.aborted) return;
    }
  }

  #take(frame: Buffer): void {
    const pdu = decode(frame);
    if (pdu === undefined) {
      const { isResponse, sequence } = headerOf(frame);
      if (!isResponse) this.#answer("generic_nack", sequence, status.invalidCommandLength);
    } else if (pdu.isResponse()) {
      this.#pair(pdu);
    } else {
      this.#serve(pdu);
    }
  }

  #pair(pdu: PDU): void {
    const request = this.#waiting.get(pdu.sequence_number);
    const isRefusal = pdu.command === "generic_nack" && pdu.command_status !== status.ok;
    if (isRefusal || pdu.command === `${request?.command}_resp`) request?.settle({ kind: "answered", pdu });
  }

  #serve(pdu: PDU): void {
    const sequence = pdu.sequence_number;
    switch (pdu.command) {
      case "enquire_link":
        this.#answer("enquire_link_resp", sequence, status.ok);
        return;
      case "unbind":
        this.#end("unbound by the SMSC", () => {
          const last = encode("unbind_resp", { sequence_number: sequence });
          this.#socket.end(last, () => this.#socket.destroy());
        });
        return;
      case "deliver_sm":
      case "data_sm":
        void this.#takeMessage(pdu).then((value) => this.#answer(`${pdu.command}_resp`, sequence, value));
        return;
      case "alert_notification":
      case "outbind":
        // These have no answer.
        return;
      default:
        this.#answer("generic_nack", sequence, status.invalidCommand);
    }
  }

  #answer(command: string, sequence: number, command_status: number): void {
    if (this.ended.aborted) return;
    this.#socket.write(encode(command, { sequence_number: sequence, command_status }));
  }

  #nextSequence(): number {
    this.#sequence = (this.#sequence % 0x7fffffff) + 1;
    return this.#sequence;
  }
}

/** The name of the failure, never a word that came over the network. */
export function causeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : "unknown";
}
