import { getHeapStatistics } from "node:v8";

/** What V8 lets the young generation grow to unless told: three times 64 MiB. Its limit of the heap counts them in. */
const youngGenerationBytes = 192 * 1024 * 1024;

const mebibyte = 1024 * 1024;

/** What the old generation of the heap, where records live, still has room for. At least a MiB. */
function roomBytes(): number {
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  return Math.max(mebibyte, limit - youngGenerationBytes - used);
}

/**
 * How many bytes of the heap a store in memory may fill before it takes no new record.
 *
 * Unless told, half of what there is: the other half is for what its records grow by, for
 * calls, and for the garbage that replacements leave. Out of memory, V8 ends the process.
 * Throws one sentence where more is asked for than leaves that a chance.
 */
export function storeBytesMax(asked: number | undefined): number {
  const room = roomBytes();
  if (asked === undefined) return room / 2;
  if (asked <= 0.8 * room) return asked;
  const inMebibytes = (bytes: number) => `${Math.floor(bytes / mebibyte)} MiB`;
  throw new Error(
    `store.bytesMax is ${inMebibytes(asked)}, and Node's heap has room for ${inMebibytes(0.8 * room)} of records at most; ` +
      "give Node more with NODE_OPTIONS=--max-old-space-size=<MiB>, or the store less.",
  );
}
