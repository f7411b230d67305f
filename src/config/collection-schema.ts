import { z } from "zod";
import { nameExpected, namePattern } from "./scalar-schema.ts";

/** Settings under names of the file's own. */
export function named<T>(schema: z.ZodType<T>) {
  return z
    .record(z.string().regex(namePattern, nameExpected), schema)
    .transform((group) => new Map(Object.entries(group)));
}

/** A list with 1 to `countMax` entries, or from `countMin`. */
export function listOf<T>(
  schema: z.ZodType<T>,
  { countMin = 1, countMax }: { countMin?: number; countMax: number },
) {
  return z.array(schema).superRefine((list, context) => {
    if (list.length >= countMin && list.length <= countMax) return;
    const counts = countMin === countMax ? countMin : `${countMin} to ${countMax}`;
    context.addIssue({ code: "custom", message: `must have ${counts} entries` });
  });
}
