import type { DeliveryOutcome, SmsMessage } from "./provider.ts";

/** How the sender of SMS is registered with India's operators (TRAI's DLT), who drop what is not. */
export interface DltSettings {
  entityId: string;
  /** Of the words, as they are registered: one for all, or one for each language that there are words in. */
  templateIds: string | ReadonlyMap<string, string>;
}

export interface Dlt {
  entityId: string;
  templateId: string;
}

/** What the operators would drop, and a vendor would take and charge for. */
export const noDltTemplate = {
  kind: "accountRefused",
  detail: "no DLT template for the language",
} as const satisfies DeliveryOutcome;

/** What a message to India names; undefined for others. `unregistered`: nobody has registered its words. */
export function dltOf(
  settings: DltSettings | undefined,
  { country, locale }: Pick<SmsMessage, "country" | "locale">,
): Dlt | "unregistered" | undefined {
  if (settings === undefined || country !== "IN") return undefined;
  const { entityId, templateIds } = settings;
  const templateId = typeof templateIds === "string" ? templateIds : templateIds.get(locale);
  return templateId === undefined ? "unregistered" : { entityId, templateId };
}
