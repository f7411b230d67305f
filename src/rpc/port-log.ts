import type { Log, LogFields } from "../telemetry/log.ts";

/** Lines of one kind within a span. What comes on top is counted. */
const linesMax = 5;

/** In looks at the port, which are a second apart. */
const spanLooks = 10;

interface Told {
  readonly event: string;
  readonly detail: string;
  lines: number;
  unsaid: number;
}

/**
 * Tells the log of what a port refuses or ends without any call's line: bad requests,
 * failed log-ins, hang-ups. Whoever causes them is a stranger, so a flood of one kind is a
 * few lines and a sum, and `detail` is always a text of ours: their own may hide anything.
 */
export class PortLog {
  readonly #log: Pick<Log, "warn">;
  readonly #protocol: string;
  readonly #told = new Map<string, Told>();
  #looks = 0;

  constructor(log: Pick<Log, "warn">, protocol: string) {
    this.#log = log;
    this.#protocol = protocol;
  }

  /** A request was answered with an error before it became a call. `peer`: the address it came from. */
  refused(detail: string, peer: string | undefined, fields: LogFields = {}): void {
    this.tell("request refused", detail, { ...peerField(peer), ...fields });
  }

  /** A connection, or a request of it, was ended without an answer. */
  closed(detail: string, peer: string | undefined): void {
    this.tell("hung up", detail, peerField(peer));
  }

  tell(event: string, detail: string, fields: LogFields): void {
    const key = `${event} ${detail}`;
    const told = this.#told.get(key) ?? { event, detail, lines: 0, unsaid: 0 };
    this.#told.set(key, told);
    if (told.lines >= linesMax) {
      told.unsaid += 1;
    } else {
      told.lines += 1;
      this.#log.warn(event, { protocol: this.#protocol, detail, ...fields });
    }
  }

  /** To be called with each look at the port. */
  look(): void {
    this.#looks += 1;
    if (this.#looks % spanLooks === 0) this.sumUp();
  }

  /** Tells how many lines there would have been more, and begins a new span. */
  sumUp(): void {
    for (const { event, detail, unsaid } of this.#told.values()) {
      if (unsaid > 0) this.#log.warn(event, { protocol: this.#protocol, detail, count: unsaid });
    }
    this.#told.clear();
  }
}

function peerField(peer: string | undefined): LogFields {
  return peer === undefined ? {} : { peer };
}
