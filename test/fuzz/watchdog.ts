import { Worker } from "node:worker_threads";

/** How long this thread may be busy with one input, in seconds. */
const busySecondsMax = 60;

/*
 * A hang that never gives the thread back ends no timeout of the thread's own, and so not
 * the test either. Another thread looks on, and ends the process when nothing moves.
 */
const looksOn = `
  const { workerData } = require("node:worker_threads");
  const beats = new Int32Array(workerData.beats);
  let seen = 0;
  let still = 0;
  setInterval(() => {
    const now = Atomics.load(beats, 0);
    still = now === 0 || now !== seen ? 0 : still + 1;
    seen = now;
    if (still < workerData.busySecondsMax) return;
    require("node:fs").writeSync(2, "fuzz: one input hangs; " + workerData.about + "\\n");
    process.kill(process.pid, "SIGKILL");
  }, 1000).unref();
  setInterval(() => {}, 1000);
`;

/** Ends the process, with a line that says what it is about, when a beat does not follow on another in time. */
export class Watchdog {
  readonly #beats = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  constructor(about: string) {
    const workerData = { beats: this.#beats.buffer, busySecondsMax, about };
    this.#worker = new Worker(looksOn, { eval: true, workerData });
    this.#worker.unref();
  }

  beat(): void {
    Atomics.add(this.#beats, 0, 1);
  }

  /** Nothing is expected until the next beat. */
  rest(): void {
    Atomics.store(this.#beats, 0, 0);
  }
}
