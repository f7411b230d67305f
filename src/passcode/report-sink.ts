import type { ReportSink } from "../delivery/provider.ts";
import { dayMs } from "../ledger/policy.ts";
import { sentMessageRecord } from "../ledger/sent-message.ts";
import type { Passcodes } from "./passcodes.ts";
import { takeReport } from "./take-report.ts";

/** How long a provider's message id is remembered, in milliseconds: reports on codes come within minutes, or are of no use. */
const rememberedMs = dayMs;

/**
 * Takes the reports that a provider gets on its own connection, in whichever instance they
 * arrive. Rejects too while the service is being put together and `passcodes` still throws.
 */
export function reportSink(passcodes: () => Passcodes, provider: string): ReportSink {
  const keyOf = (messageId: string) =>
    `message:${passcodes().keys.requestDigest(["message", provider, messageId])}`;
  return {
    remember: async (messageId, reference) =>
      await passcodes().store.update(sentMessageRecord, keyOf(messageId), (_, nowMs) => ({
        record: { reference, untilMs: nowMs + rememberedMs },
        outcome: undefined,
      })),
    recall: async (messageId) =>
      await passcodes().store.update(sentMessageRecord, keyOf(messageId), (before, nowMs) => ({
        record: before,
        outcome: before !== undefined && nowMs < before.untilMs ? before.reference : undefined,
      })),
    record: async (report) => await takeReport(passcodes(), provider, report),
  };
}
