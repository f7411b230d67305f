import type { Random } from "../../random.ts";

const firstMs = 500;
const longestMs = 15_000;

/**
 * Milliseconds to wait before connecting again after so many failures in a row.
 *
 * Half of it is chance, so that instances which lost the same SMSC do not all come back at once.
 */
export function backOffMs(failures: number, random: Random): number {
  const wholeMs = Math.min(firstMs * 2 ** (failures - 1), longestMs);
  const chance = random.bytes(4).readUInt32BE() / 2 ** 32;
  return (wholeMs / 2) * (1 + chance);
}
