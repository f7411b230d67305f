import type { Random } from "../random.ts";

/** A fresh secret as the configuration takes it: 256 random bits in base64. */
export function newSecret(random: Random): string {
  return random.bytes(32).toString("base64");
}
