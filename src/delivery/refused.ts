import type { Refused } from "./provider.ts";

/** A callback that is not believed. What it said has no place in `why`. */
export function refused(why: string): Refused {
  return { kind: "refused", why };
}
