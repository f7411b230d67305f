import { randomBytes } from "node:crypto";

/** Cryptographic chance: `bytes(n)` answers n bytes nobody can predict. */
export interface Random {
  bytes(count: number): Buffer;
}

export const systemRandom: Random = { bytes: randomBytes };
