import type { Random } from "../../random.ts";
import { backOffMs } from "./back-off.ts";
import { type BindCommand, type BindSettings, type Bound, bind } from "./bind.ts";
import type { Session, TakeMessage } from "./session.ts";
import { aborted, pauseUnless } from "./waiting.ts";

export interface LinkSettings extends BindSettings {
  /** Milliseconds of quiet between two questions whether the SMSC is still there. */
  enquireLinkMs: number;
  /** Milliseconds the SMSC may take to answer one. */
  timeoutMs: number;
}

interface LinkParts {
  command: BindCommand;
  takeMessage: TakeMessage;
  random: Random;
  onTrouble: (detail: string) => void;
}

/** Stays bound to an SMSC: binds from the start and again whenever the connection is lost, until closed. */
export class Link {
  readonly #settings: LinkSettings;
  readonly #parts: LinkParts;
  readonly #closing = new AbortController();
  /** What came of the last attempt; undefined until the first one has ended. The session may have ended since. */
  #last: Bound | undefined;
  /** What will come of the attempt under way, or of the next one. */
  #next = Promise.withResolvers<Bound>();
  #failures = 0;
  readonly #running: Promise<void>;

  constructor(settings: LinkSettings, parts: LinkParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#running = this.#run();
  }

  /**
   * The session, if there is one. Otherwise waits for the attempt under way, or the next one,
   * until the signal is aborted. While the login is refused, that is the answer.
   */
  bound(signal: AbortSignal): Promise<Bound> {
    const last = this.#last;
    const isLasting = last?.kind === "bound" ? !last.session.ended.aborted : last?.kind === "refused";
    if (last !== undefined && isLasting) return Promise.resolve(last);
    const late = aborted(signal).then((): Bound => ({ kind: "unreachable", detail: "not bound" }));
    return Promise.race([this.#next.promise, late]);
  }

  /** Logs out, if the SMSC answers by then, and closes the connection. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closing.abort();
    if (this.#last?.kind === "bound") {
      await this.#last.session.request("unbind", {}, signal);
      this.#last.session.end("closed");
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    const { command, takeMessage, random, onTrouble } = this.#parts;
    const cancelled = this.#closing.signal;
    while (!cancelled.aborted) {
      const bound = await bind(this.#settings, { command, takeMessage, cancelled });
      if (cancelled.aborted && bound.kind === "bound") bound.session.end("closed");
      this.#tell(bound);
      const trouble = bound.kind === "bound" ? await this.#keep(bound.session) : bound.detail;
      if (cancelled.aborted) return;
      onTrouble(trouble);
      this.#failures += 1;
      await pauseUnless(cancelled, backOffMs(this.#failures, random));
    }
  }

  #tell(bound: Bound): void {
    this.#last = bound;
    this.#next.resolve(bound);
    this.#next = Promise.withResolvers();
  }

  /** Asks regularly whether the SMSC is there, until the session ends; answers why it did. */
  async #keep(session: Session): Promise<string> {
    const { enquireLinkMs, timeoutMs } = this.#settings;
    while (!session.ended.aborted) {
      await pauseUnless(session.ended, enquireLinkMs);
      const answer = await session.request("enquire_link", {}, AbortSignal.timeout(timeoutMs));
      if (answer.kind === "unanswered") session.end("enquire_link unanswered");
      // Only now: an SMSC that takes every bind and drops it soon is not to be bothered in quick succession.
      if (answer.kind === "answered") this.#failures = 0;
    }
    return String(session.ended.reason);
  }
}
