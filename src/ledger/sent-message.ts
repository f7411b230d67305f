import { z } from "zod";

/** Which send a provider's own message id stands for, where its reports carry nothing else. */
export interface SentMessage {
  /** The send's token. */
  readonly reference: string;
  readonly untilMs: number;
}

const stored = z.looseObject({ reference: z.string(), untilMs: z.int() });

/** How they are kept in the store. */
export const sentMessageRecord = {
  decode: (text: string): SentMessage => stored.parse(JSON.parse(text)),
  encode: (record: SentMessage): string => JSON.stringify(record),
  expiresAtMs: (record: SentMessage): number => record.untilMs,
};
