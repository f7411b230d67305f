import { createSecretKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import type { Secrets } from "../ledger/keys.ts";
import type { Random } from "../random.ts";
import { listOf } from "./collection-schema.ts";
import type { Path } from "./problem.ts";
import { textScalar, wholeNumber } from "./scalar-schema.ts";
import { newSecret } from "./secret.ts";

const secretBytesMin = 32;

/**
 * Random bytes that long hold about thirty different values; fewer than eight happens once in
 * 10^37 times. So only what somebody typed is refused: all zeros, or a pattern.
 */
const distinctBytesMin = 8;

const secret: z.ZodType<KeyObject> = textScalar((text) => {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.length >= secretBytesMin ? createSecretKey(bytes) : undefined;
}, `base64 of at least ${secretBytesMin} bytes`).superRefine((key, context) => {
  if (new Set(key.export()).size >= distinctBytesMin) return;
  context.addIssue({ code: "custom", message: "is too regular to be secret; take one at random" });
});

const codeKey = z.strictObject({ id: wholeNumber({ min: 1, max: 255 }), secret });

export const keysSchema = z
  .strictObject({ index: secret, codes: listOf(codeKey, { countMax: 16 }) })
  .transform(({ index, codes }, context): Secrets => {
    const refuse = (path: Path, message: string) =>
      context.addIssue({ code: "custom", path: ["codes", ...path], message });
    codes.forEach(({ id, secret }, position) => {
      const earlier = codes.slice(0, position);
      if (earlier.some((other) => other.id === id)) {
        refuse([position, "id"], "is the id of an earlier key");
      }
      if (index.equals(secret)) {
        refuse([position, "secret"], "must not be the same secret as keys.index");
      }
      if (earlier.some((other) => other.secret.equals(secret))) {
        refuse([position, "secret"], "is the secret of an earlier key");
      }
    });
    return { index, codes };
  });

/** Keys that live as long as the process, for development. */
export function newKeys(random: Random): Secrets {
  const newKey = () => createSecretKey(newSecret(random), "base64");
  return { index: newKey(), codes: [{ id: 1, secret: newKey() }] };
}
