import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

/** Waits for so many milliseconds, or less if the signal is aborted. Keeps no process alive. */
export async function pauseUnless(signal: AbortSignal, ms: number): Promise<void> {
  await pause(ms, undefined, { signal, ref: false }).catch(() => {});
}

/** Resolves once the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
