/** Writes as much as the reader has room for, and answers how much; throws if he has none, EPIPE if he has gone. */
type Write = (bytes: Uint8Array) => number;

/** Some thousand lines. */
const usualBytesMax = 1024 * 1024;

/** How long a full reader is left alone, in milliseconds. */
const restMs = 20;

/** How long the process's end may wait for the reader, in milliseconds. */
const farewellMs = 500;

/**
 * Lines for a reader who may be slow, may stop reading, and may go away: nobody waits for
 * him, and what waits for him is bounded. Lines on top are dropped and counted.
 *
 * Every line is written at once while he keeps up, so that none is lost when the process
 * ends; `flush` is for what waits then.
 */
export class LineSink {
  /** Told how many lines there was no room for, once there is room again. */
  onDropped: (count: number) => void = () => {};
  readonly #write: Write;
  readonly #bytesMax: number;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #dropped = 0;
  #retry: NodeJS.Timeout | undefined;
  #readerGone = false;

  /** `bytesMax` bounds what waits for the reader. */
  constructor(write: Write, { bytesMax = usualBytesMax }: { bytesMax?: number } = {}) {
    this.#write = write;
    this.#bytesMax = bytesMax;
  }

  /** Bytes that wait for the reader. */
  get waiting(): number {
    return this.#bytes;
  }

  write(line: string): void {
    if (this.#readerGone) return;
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > this.#bytesMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (this.#retry === undefined) this.#writeOut();
  }

  /** Holds the thread until the reader has taken all, or for as long as he may delay the end. */
  flush(): void {
    const still = new Int32Array(new SharedArrayBuffer(4));
    for (let waitedMs = 0; ; waitedMs += restMs) {
      this.#writeOut();
      if (this.#bytes === 0 || waitedMs >= farewellMs) return;
      Atomics.wait(still, 0, 0, restMs);
    }
  }

  #writeOut(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    let [first] = this.#waiting;
    while (first !== undefined) {
      const written = this.#tryWrite(first);
      if (written === undefined) return;
      this.#bytes -= written;
      if (written < first.length) {
        this.#waiting[0] = first.subarray(written);
        break;
      }
      this.#waiting.shift();
      [first] = this.#waiting;
    }
    if (this.#bytes > 0) {
      this.#retry = setTimeout(() => this.#writeOut(), restMs).unref();
    } else if (this.#dropped > 0) {
      const count = this.#dropped;
      this.#dropped = 0;
      this.onDropped(count);
    }
  }

  /** Undefined once the reader has gone. */
  #tryWrite(bytes: Uint8Array): number | undefined {
    try {
      return this.#write(bytes);
    } catch (error) {
      // Any other trouble, such as a full disk, may pass as a full pipe does.
      if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) return 0;
      this.#readerGone = true;
      this.#waiting = [];
      this.#bytes = 0;
      return undefined;
    }
  }
}
