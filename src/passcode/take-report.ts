import type { Report } from "../delivery/provider.ts";
import { isReportedFailure } from "../ledger/delivery-standing.ts";
import { openDelivery } from "../ledger/delivery-token.ts";
import type { ReportedState } from "../ledger/ledger.ts";
import { recordReport } from "../ledger/report.ts";
import { sealSessionId } from "../ledger/session-id.ts";
import { type Passcodes, updateLedger } from "./passcodes.ts";

/**
 * Records what a provider says of a message that it took. It touches nothing but the
 * delivery: no report ever changes a decision.
 *
 * What is not about a message of this service, or too late, is logged and left out.
 * Rejects if the store fails, so that the provider may say it again.
 */
export async function takeReport(
  passcodes: Passcodes,
  provider: string,
  report: Report,
  { isKeyPress = false } = {},
): Promise<void> {
  const { keys, log, fallbacks } = passcodes;
  const located = openDelivery(report.reference, provider, keys);
  const profile = [...passcodes.profiles.values()].find(({ name }) =>
    located?.profileTag.equals(keys.profileTag(name)),
  );
  if (located === undefined || profile === undefined) {
    log.warn("report", { provider, delivery: report.state, detail: "about no message of this service" });
    return;
  }
  const { ledger, sessionId: id, delivery, keyId } = located;
  const state = reportedState(report);
  const asksForKeys = profile.keyPress && passcodes.deliveries.provider(provider)?.keyPresses !== undefined;
  const needsKeyPress = asksForKeys && state === "delivered" && !isKeyPress;
  const outcome = await updateLedger(passcodes, ledger, (before, nowMs) =>
    recordReport(before, { sessionId: id, delivery, provider, state, needsKeyPress }, nowMs),
  );
  log.info("report", {
    provider,
    profile: profile.name,
    sessionId: sealSessionId({ id, ledger }, keyId, profile.name, keys),
    ...(outcome.kind !== "late" && { maskedDestination: outcome.session.masked }),
    delivery: state,
    reason: outcome.kind,
    ...(report.detail !== undefined && { detail: report.detail }),
  });
  if (outcome.kind !== "recorded") return;
  if (outcome.state === "delivered") fallbacks.arrived({ sessionId: id, delivery });
  if (isReportedFailure(outcome.state)) fallbacks.failed({ sessionId: id, delivery });
}

const stateOfFailure: Readonly<Record<NonNullable<Report["failure"]>, ReportedState>> = {
  destinationRefused: "noSuchDestination",
  blocked: "blocked",
  accountRefused: "accountAtFault",
  undelivered: "undelivered",
};

function reportedState({ state, failure = "undelivered" }: Report): ReportedState {
  return state === "delivered" ? "delivered" : stateOfFailure[failure];
}
