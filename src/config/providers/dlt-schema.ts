import { z } from "zod";
import type { DltSettings } from "../../delivery/dlt.ts";
import { isTag } from "../../message/locale-choice.ts";
import { textScalar } from "../scalar-schema.ts";

const id = textScalar(
  (value) => (/^[0-9]{1,30}$/.test(value) ? value : undefined),
  "1 to 30 digits, in quotes",
);

const tag = z.string().refine(isTag, { error: "must be a language tag such as en or hi" });

/** `{entityId: "1101…", templateId: "1107…"}`, or a templateId for each language: `{en: "1107…", hi: "1107…"}`. */
export const dlt = z
  .strictObject({
    entityId: id,
    templateId: z.union([z.record(tag, id), id], {
      error: "must be 1 to 30 digits, in quotes, or such for each language",
    }),
  })
  .transform(
    ({ entityId, templateId }): DltSettings => ({
      entityId,
      templateIds: typeof templateId === "string" ? templateId : new Map(Object.entries(templateId)),
    }),
  );
