import type { z } from "zod";

/** What the text says in JSON; undefined if it is not JSON, or not of that form. */
export function readJson<T>(text: string, form: z.ZodType<T>): T | undefined {
  try {
    return form.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
