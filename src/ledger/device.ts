import { dayMs } from "./policy.ts";

/** A device that the destination knows: a session that it opened was approved (R17). */
export interface KnownDevice {
  /** Keyed digest of its id. */
  readonly digest: string;
  /** The instant of its latest approval. */
  readonly approvedMs: number;
}

/** How long a device is known from its latest approval on, in milliseconds. */
const knownForMs = 90 * dayMs;

/** How many a destination knows. One more takes the place of the one longest unused. */
const devicesMax = 8;

export function knownUntilMs({ approvedMs }: KnownDevice): number {
  return approvedMs + knownForMs;
}

/** Those that are still known; the very list given if that is all of them. */
export function devicesAt(devices: readonly KnownDevice[], nowMs: number): readonly KnownDevice[] {
  return devices.some((device) => knownUntilMs(device) <= nowMs)
    ? devices.filter((device) => knownUntilMs(device) > nowMs)
    : devices;
}

/** The devices with this one, as the latest. */
export function withDevice(
  devices: readonly KnownDevice[],
  digest: string,
  approvedMs: number,
): readonly KnownDevice[] {
  const others = devices.filter((device) => device.digest !== digest);
  return [...others, { digest, approvedMs }].slice(-devicesMax);
}
