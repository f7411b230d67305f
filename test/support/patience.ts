import { vi } from "vitest";

/**
 * How long the tests wait for what has to come, in milliseconds: many times what it takes on
 * a machine with as many busy processes as cores. Only a test that fails waits as long.
 */
export const patienceMs = 60_000;

/** Vitest's own bound is a second, and it has no setting for it. What a test names itself goes before. */
const { waitFor, waitUntil } = vi;
const patient = { timeout: patienceMs, interval: 20 };
vi.waitFor = (callback, options) => waitFor(callback, withPatience(options));
vi.waitUntil = (callback, options) => waitUntil(callback, withPatience(options));

function withPatience(options: Parameters<typeof waitFor>[1]) {
  return { ...patient, ...(typeof options === "number" ? { timeout: options } : options) };
}
