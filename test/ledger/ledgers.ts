import { createHash, createSecretKey, type KeyObject } from "node:crypto";
import {
  type CancelOutcome,
  decideCancel,
  readSession,
  type SessionOutcome,
} from "../../src/ledger/cancel.ts";
import { deriveCode } from "../../src/ledger/code.ts";
import { type DeliveryStanding, standingOf } from "../../src/ledger/delivery-standing.ts";
import { decideFallback, type FallbackOutcome, type StandIn } from "../../src/ledger/fallback.ts";
import { Keys } from "../../src/ledger/keys.ts";
import {
  findSession,
  type HandoverState,
  type Ledger,
  type ReportedState,
  type Session,
} from "../../src/ledger/ledger.ts";
import { defaultPolicy, type Policies, type Policy } from "../../src/ledger/policy.ts";
import { type ReportOutcome, recordReport } from "../../src/ledger/report.ts";
import { decideSend, type SendCommand, type SendOutcome } from "../../src/ledger/send.ts";
import { type Settlement, settleDelivery } from "../../src/ledger/settle.ts";
import { decideVerify, type VerifyCommand, type VerifyOutcome } from "../../src/ledger/verify.ts";
import type { SessionView } from "../../src/ledger/view.ts";

export const startMs = Date.UTC(2026, 10, 23, 12);

/** A secret that is the same in every run. */
export function fixedSecret(name: string): KeyObject {
  return createSecretKey(createHash("sha256").update(name).digest());
}

export function fixedKeys({ index = "index", codes = [1] }: { index?: string; codes?: number[] } = {}): Keys {
  return new Keys({
    index: fixedSecret(index),
    codes: codes.map((id) => ({ id, secret: fixedSecret(`code ${id}`) })),
  });
}

/** 128 bits in base64url, the same for the same name in every run. */
export function fixedName(name: string): string {
  return createHash("sha256").update(name).digest().subarray(0, 16).toString("base64url");
}

/** Limits so wide that a test meets only the one it sets itself. */
export const wide: Partial<Policy> = {
  sendsPerMinute: 1_000,
  sendsPerHour: 1_000,
  sendsPerDay: 1_000,
  verifiesPerMinute: 1_000,
  guessesPerDay: 1_000,
};

function policiesOf(base: Partial<Policy>, named: Record<string, Partial<Policy>> = {}): Policies {
  const whole = { ...defaultPolicy, ...base };
  const entries = Object.entries(named).map(([name, limits]) => [name, { ...whole, ...limits }] as const);
  return { base: whole, named: new Map(entries) };
}

/** Whose life it is, unless a test says otherwise. */
export const phoneNumber = "+4915112345645";

/** One destination of one profile: its record, carried from command to command along a clock that is set by hand. */
export class DestinationLife {
  record: Ledger | undefined;
  nowMs = startMs;
  readonly policies: Policies;
  readonly keys = fixedKeys();
  readonly binding = this.keys.bindingOf("login", {});
  readonly address = this.keys.addressOf({ kind: "phone", address: phoneNumber });
  readonly ledger = this.keys.ledgerOf("default", { kind: "phone", canonical: phoneNumber });
  #names = 0;

  constructor(base: Partial<Policy> = {}, named: Record<string, Partial<Policy>> = {}) {
    this.policies = policiesOf(base, named);
  }

  send(command: Partial<SendCommand> = {}): SendOutcome {
    this.#names += 1;
    const whole: SendCommand = {
      newSessionId: fixedName(`session ${this.#names}`),
      newNonce: fixedName(`nonce ${this.#names}`),
      keyId: this.keys.currentId,
      binding: this.binding,
      address: this.address,
      policy: "",
      masked: "+49 ******* 45",
      channel: "sms",
      provider: "outbox",
      ...command,
    };
    return this.#apply(decideSend(this.record, whole, this.policies, this.nowMs));
  }

  /** Opens a session, which must be allowed, and answers its id. */
  open(command: Partial<SendCommand> = {}): string {
    const outcome = this.send(command);
    if (outcome.kind !== "send") throw new Error(`not opened: ${brief(outcome)}`);
    return outcome.view.session.id;
  }

  resend(sessionId: string, command: Partial<SendCommand> = {}): SendOutcome {
    return this.send({ ...command, sessionId });
  }

  verify(sessionId: string, code: string, command: Partial<VerifyCommand> = {}): VerifyOutcome {
    const { ledger, binding } = this;
    const whole = { ledger, sessionId, code, binding, isTest: false, ...command };
    return this.#apply(decideVerify(this.record, whole, this.policies, this.keys.codes, this.nowMs));
  }

  right(sessionId: string, command: Partial<VerifyCommand> = {}): VerifyOutcome {
    return this.verify(sessionId, this.codeOf(sessionId), command);
  }

  wrong(sessionId: string, command: Partial<VerifyCommand> = {}): VerifyOutcome {
    return this.verify(sessionId, unlike(this.codeOf(sessionId)), command);
  }

  /** The same wrong code several times over. */
  wrongTimes(sessionId: string, times: number): VerifyOutcome[] {
    return Array.from({ length: times }, () => this.wrong(sessionId));
  }

  /** Records what the provider `outbox` answered. */
  settle(
    sessionId: string,
    delivery: number,
    state: HandoverState,
    { provider = "outbox", standIn }: { provider?: string; standIn?: Partial<StandIn> } = {},
  ): Settlement {
    const call = standIn && { standIn: { channel: "voice" as const, provider: "caller", ...standIn } };
    const settled = { sessionId, delivery, state, provider, ...call };
    return this.#apply(settleDelivery(this.record, settled, this.policies, this.nowMs));
  }

  /** Records what the provider `outbox` reports. */
  report(
    sessionId: string,
    delivery: number,
    state: ReportedState,
    { provider = "outbox", needsKeyPress = false } = {},
  ): ReportOutcome["kind"] {
    const report = { sessionId, delivery, state, provider, needsKeyPress };
    return this.#apply(recordReport(this.record, report, this.nowMs)).kind;
  }

  /** Falls back to a call. */
  fallBack(sessionId: string, delivery: number, command: Partial<StandIn> = {}): FallbackOutcome {
    const whole = { sessionId, delivery, channel: "voice" as const, provider: "caller", ...command };
    return this.#apply(decideFallback(this.record, whole, this.policies, this.nowMs));
  }

  /** What is known of the session's deliveries, oldest first. */
  standings(sessionId: string): DeliveryStanding[] {
    return this.session(sessionId).deliveries.map(standingOf);
  }

  states(sessionId: string): DeliveryStanding["state"][] {
    return this.standings(sessionId).map(({ state }) => state);
  }

  cancel(sessionId: string): CancelOutcome {
    return this.#apply(decideCancel(this.record, sessionId, this.policies, this.nowMs));
  }

  read(sessionId: string): SessionOutcome {
    return this.#apply(readSession(this.record, sessionId, this.policies, this.nowMs));
  }

  view(sessionId: string): SessionView {
    const outcome = this.read(sessionId);
    if (outcome.kind !== "session") throw new Error("no such session");
    return outcome.view;
  }

  session(sessionId: string): Session {
    const session = this.record && findSession(this.record, sessionId);
    if (session === undefined) throw new Error("no such session");
    return session;
  }

  codeOf(sessionId: string): string {
    return deriveCode({ ledger: this.ledger, session: this.session(sessionId) }, this.keys.codes);
  }

  advance(spanMs: number): void {
    this.nowMs += spanMs;
  }

  /** The same destination as it would be at another instant or with another record; this one stays as it is. */
  fork(changes: { nowMs?: number; record?: Ledger | undefined }): DestinationLife {
    const { record, nowMs, policies, keys } = this;
    const copy = Object.assign(new DestinationLife(), { record, nowMs, policies, keys, ...changes });
    copy.#names = this.#names;
    return copy;
  }

  #apply<T>({ record, outcome }: { record: Ledger | undefined; outcome: T }): T {
    this.record = record;
    return outcome;
  }
}

/** A code of the same shape that differs in its last character. */
export function unlike(code: string): string {
  return code.slice(0, -1) + (code.endsWith("2") ? "3" : "2");
}

type Outcome = SendOutcome | VerifyOutcome | CancelOutcome | SessionOutcome;

/** An outcome in a few words: `pending`, `approved`, `reject exhausted`, `refused cooldown`, `ended expired` … */
export function brief(outcome: Outcome): string {
  switch (outcome.kind) {
    case "compared":
    case "session":
      return [outcome.view.status, outcome.view.reason].filter((word) => word !== undefined).join(" ");
    case "ended":
      return `ended ${outcome.view.reason}`;
    case "sessionEnded":
      return `sessionEnded ${outcome.reason}`;
    case "sessionMismatch":
      return `sessionMismatch ${outcome.field}`;
    case "refused":
      return `refused ${outcome.refusal.rule}`;
    default:
      return outcome.kind;
  }
}

export function briefs(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(brief);
}

/** Why a command was refused; a command that was not refused fails the test. */
export function refusalOf(outcome: SendOutcome | VerifyOutcome) {
  if (outcome.kind !== "refused") throw new Error(`not refused: ${brief(outcome)}`);
  return outcome.refusal;
}

/** What an outcome tells its caller of the session: the fields that responses carry. */
export function told(outcome: Outcome) {
  if (!("view" in outcome)) throw new Error(`tells of no session: ${brief(outcome)}`);
  const { session, status, reason, attempts, attemptsRemaining, sendsRemaining, nextSendMs, channel } =
    outcome.view;
  const { id, expiresMs, masked } = session;
  return {
    id,
    expiresMs,
    masked,
    status,
    reason,
    attempts,
    attemptsRemaining,
    sendsRemaining,
    nextSendMs,
    channel,
  };
}
