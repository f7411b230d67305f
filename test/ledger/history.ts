import fc from "fast-check";
import { expect } from "vitest";
import type { CancelOutcome } from "../../src/ledger/cancel.ts";
import { deriveCode } from "../../src/ledger/code.ts";
import {
  countedStates,
  type HandoverState,
  ledgerAt,
  ledgerExpiresAtMs,
  notLeftStates,
  type Origin,
} from "../../src/ledger/ledger.ts";
import type { Refusal } from "../../src/ledger/limits.ts";
import { dayMs, hourMs, minuteMs, type Policy } from "../../src/ledger/policy.ts";
import type { SendOutcome } from "../../src/ledger/send.ts";
import type { VerifyOutcome } from "../../src/ledger/verify.ts";
import { brief, DestinationLife, fixedName, told, unlike } from "./ledgers.ts";

/** One thing that happens to a destination. Sessions and requests are named by their place among those there have been. */
export type Event =
  | { kind: "open"; policy: "" | "strict"; device: "" | "own" | "other"; identified: boolean }
  /** What became of the session's latest send. */
  | { kind: "settle"; session: number; state: HandoverState }
  | { kind: "resend"; session: number; identified: boolean }
  | { kind: "verify"; session: number; code: CodeChoice; identified: boolean }
  | { kind: "cancel"; session: number }
  | { kind: "repeat"; request: number }
  | { kind: "wait"; spanMs: number }
  | { kind: "waitUntil"; what: "expiry" | "retry" | "ledgerExpiry"; session: number; offsetMs: number };

/** `old`: the code the session opened with. `foreign`: the right code with another purpose. `neighbour`: another session's. */
type CodeChoice = "right" | "wrong" | "malformed" | "foreign" | "old" | "neighbour";

const place = fc.nat(30);
const offsetMs = fc.constantFrom(-1, 0, 1);
const identified = fc.boolean();
const spanMs = fc
  .tuple(fc.constantFrom(0, 1_000, minuteMs, 10 * minuteMs, hourMs, dayMs), offsetMs)
  .map(([span, offset]) => Math.max(0, span + offset));

export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("open"),
      policy: fc.constantFrom("", "", "strict"),
      device: fc.constantFrom("", "own", "own", "other"),
      identified,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("settle"),
      session: place,
      state: fc.constantFrom(...countedStates, ...notLeftStates),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("resend"), session: place, identified }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("verify"),
      session: place,
      code: fc.constantFrom<CodeChoice>(
        ...([
          "wrong",
          "wrong",
          "wrong",
          "wrong",
          "foreign",
          "right",
          "old",
          "neighbour",
          "malformed",
        ] as const),
      ),
      identified,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel"), session: place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("repeat"), request: place }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait"), spanMs }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("waitUntil"),
      what: fc.constantFrom("expiry", "retry", "ledgerExpiry"),
      session: place,
      offsetMs,
    }),
  },
);

/** The clock steps back, too. */
export const anyEventWithSteps: fc.Arbitrary<Event> = fc.oneof(
  { weight: 20, arbitrary: anyEvent },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(1, minuteMs, hourMs)
      .map((stepMs): Event => ({ kind: "wait", spanMs: -stepMs })),
  },
);

type Outcome = SendOutcome | VerifyOutcome | CancelOutcome;
type Act = (life: DestinationLife) => Outcome;

/** What a bystander knows of a session. */
export interface KnownSession {
  readonly id: string;
  readonly policy: Policy;
  readonly expiresMs: number;
  readonly origin: Origin;
  readonly device: string;
  readonly firstCode: string;
  code: string;
  nonce: string;
  attempts: number;
  ended: boolean;
}

/** What happened, in order, as a bystander saw it. Instants are the ledger's, which never run backwards. */
export interface Sight {
  readonly atMs: number;
  readonly session: KnownSession;
  /** Of a send: its number in the session. One that has not left is no sight any more. */
  readonly delivery?: number;
  readonly what: "send" | "call" | "right" | "wrong" | "exhausted";
}

/** Lives through events and checks, from outside, whatever can be checked on the spot. */
export class History {
  readonly life: DestinationLife;
  sights: Sight[] = [];
  /** Every outcome in a few words, for those who ask whether a history met it. */
  readonly words = new Set<string>();
  readonly #sessions: KnownSession[] = [];
  readonly #approvedMs = new Map<string, number>();
  #requests: { act: Act; first: Outcome; sessionId: string }[] = [];
  #requestCount = 0;
  #lastRefusal: Refusal | undefined;

  constructor(base: Partial<Policy>, strict: Partial<Policy>) {
    this.life = new DestinationLife(base, { strict });
  }

  run(events: readonly Event[]): void {
    for (const event of events) {
      this.#happen(event);
      this.#checkSessions();
    }
  }

  #happen(event: Event): void {
    switch (event.kind) {
      case "open":
        this.#send({ policy: event.policy, device: event.device }, event.identified);
        break;
      case "repeat":
        this.#repeat(event.request);
        break;
      case "wait":
        this.life.advance(event.spanMs);
        break;
      case "waitUntil":
        this.#waitUntil(event);
        break;
      default:
        this.#happenTo(this.#sessions[event.session % this.#sessions.length], event);
    }
  }

  #happenTo(
    session: KnownSession | undefined,
    event: Extract<Event, { kind: "resend" | "verify" | "cancel" | "settle" }>,
  ): void {
    if (session === undefined) return;
    if (event.kind === "resend") this.#send({ sessionId: session.id }, event.identified);
    else if (event.kind === "verify") this.#verify(session, event.code, event.identified);
    else if (event.kind === "settle") this.#settle(session, event.state);
    else this.#act("cancel", (life) => life.cancel(session.id));
  }

  #waitUntil({ what, session, offsetMs }: Extract<Event, { kind: "waitUntil" }>): void {
    const instants = {
      expiry: this.#sessions[session % this.#sessions.length]?.expiresMs,
      retry: this.#lastRefusal?.retryAtMs,
      ledgerExpiry: this.life.record && ledgerExpiresAtMs(this.life.record),
    };
    this.life.nowMs = Math.max(this.life.nowMs, (instants[what] ?? 0) + offsetMs);
  }

  #settle(known: KnownSession, state: HandoverState): void {
    const read = this.life.read(known.id);
    const latest = read.kind === "session" ? read.view.session.deliveries.at(-1) : undefined;
    if (latest === undefined) return;
    const { counts, sessionRemains } = this.life.settle(known.id, latest.number, state);
    expect(sessionRemains).toBe(this.life.read(known.id).kind === "session");
    if (counts) return;
    this.words.add(sessionRemains ? "taken out" : "gone");
    this.sights = this.sights.filter((sight) => sight.session !== known || sight.delivery !== latest.number);
    this.#requests = this.#requests.filter(
      ({ first }) =>
        first.kind !== "send" || first.view.session.id !== known.id || first.delivery !== latest.number,
    );
    if (!sessionRemains) return;
    const { nonce } = this.life.session(known.id);
    Object.assign(known, { code: this.life.codeOf(known.id), nonce });
  }

  /** R17, as a bystander knows it. Of each device there is one approval that counts, the latest. */
  #originOf(device: string): Origin {
    const approvedMs = this.#approvedMs.get(device);
    return approvedMs !== undefined && this.#atMs < approvedMs + 90 * dayMs ? "known" : "strange";
  }

  #send(target: { policy?: string; device?: string; sessionId?: string }, identified: boolean): void {
    const { device = "", ...rest } = target;
    const named = device === "" ? {} : { device: fixedName(device) };
    const command = { ...rest, ...named, ...this.#newRequest(identified) };
    const origin = this.#originOf(device);
    const act = (life: DestinationLife) => life.send(command);
    const outcome = this.#act("send", act);
    if (outcome.kind !== "send") return;
    const { session } = outcome.view;
    const code = deriveCode({ ledger: this.life.ledger, session }, this.life.keys.codes);
    let known = this.#sessions.find(({ id }) => id === session.id);
    if (known === undefined) {
      const policy = this.life.policies.named.get(session.policy) ?? this.life.policies.base;
      const { id, expiresMs } = session;
      expect(session.origin).toBe(origin);
      known = {
        id,
        policy,
        expiresMs,
        origin,
        device,
        firstCode: code,
        code,
        nonce: session.nonce,
        attempts: 0,
        ended: false,
      };
      this.#sessions.push(known);
    } else {
      expect(session.nonce === known.nonce).toBe(known.policy.resend === "same");
      Object.assign(known, { code, nonce: session.nonce });
    }
    this.sights.push({ atMs: this.#atMs, session: known, what: "send", delivery: outcome.delivery });
    if (identified) this.#requests.push({ act, first: outcome, sessionId: known.id });
  }

  #verify(session: KnownSession, choice: CodeChoice, identified: boolean): void {
    const code = this.#chosenCode(session, choice);
    const binding = choice === "foreign" ? this.life.keys.bindingOf("payment", {}) : this.life.binding;
    const command = { binding, ...this.#newRequest(identified) };
    const act = (life: DestinationLife) => life.verify(session.id, code, command);
    const untouched = session.attempts === 0;
    const outcome = this.#act("verify", act);

    if (outcome.kind === "refused" && outcome.refusal.rule === "guessBudget") expect(untouched).toBe(false);
    if (["compared", "ended", "alreadyApproved"].includes(outcome.kind)) this.#see(session, "call");
    if (outcome.kind === "refused" && outcome.refusal.rule === "guessBudget") this.#see(session, "call");
    if (outcome.kind !== "compared") return;

    const right = code.toUpperCase() === session.code && choice !== "foreign";
    session.attempts += 1;
    expect(session.ended).toBe(false);
    expect(this.#atMs).toBeLessThan(session.expiresMs);
    expect(outcome.view.status === "approved").toBe(right);
    this.#see(session, right ? "right" : "wrong");
    if (right && session.device !== "") this.#approvedMs.set(session.device, this.#atMs);
    session.ended = outcome.view.status !== "pending";
    expect(session.ended).toBe(right || session.attempts >= session.policy.tries);
    if (outcome.view.reason === "exhausted") this.#see(session, "exhausted");
    if (identified) this.#requests.push({ act, first: outcome, sessionId: session.id });
  }

  #chosenCode(session: KnownSession, choice: CodeChoice): string {
    if (choice === "malformed") return session.code.slice(1);
    if (choice === "wrong") return unlike(session.code);
    if (choice === "old") return session.firstCode;
    if (choice === "neighbour")
      return this.#sessions.find(({ id }) => id !== session.id)?.code ?? session.code;
    return session.code;
  }

  #repeat(index: number): void {
    const request = this.#requests[index % this.#requests.length];
    if (request === undefined || this.life.read(request.sessionId).kind !== "session") return;
    const before = this.life.record;
    const outcome = request.act(this.life);
    this.words.add("repeated");
    expect(told(outcome)).toEqual(told(request.first));
    expect(this.life.record).toBe(before);
  }

  #newRequest(identified: boolean): { request?: string } {
    this.#requestCount += 1;
    return identified ? { request: fixedName(`request ${this.#requestCount}`) } : {};
  }

  #act<T extends Outcome>(what: "send" | "verify" | "cancel", act: (life: DestinationLife) => T): T {
    const before = this.life.record;
    const dropped = this.life.fork({ record: undefined });
    const outcome = act(this.life);
    this.words.add(`${what}: ${brief(outcome)}`);

    if (before !== undefined && this.life.nowMs >= ledgerExpiresAtMs(before)) {
      this.words.add("as if dropped");
      expect(outcome).toEqual(act(dropped));
    }
    if (!mayChange(what, outcome)) expect(this.life.record).toBe(before);
    if (outcome.kind === "refused") this.#checkRetry(what, act, outcome.refusal);
    return outcome;
  }

  /** One millisecond before the time to come back it is still in vain; at that time the rule says no more. */
  #checkRetry(what: string, act: Act, refusal: Refusal): void {
    this.#lastRefusal = refusal;
    expect(refusal.atMs).toBe(this.life.nowMs);
    expect(refusal.retryAtMs).toBeGreaterThan(refusal.atMs);
    // A device that is known no more by then is told what strangers are.
    if (this.#knowsTheSameDevicesAt(refusal.retryAtMs - 1)) {
      const early = act(this.life.fork({ nowMs: refusal.retryAtMs - 1 }));
      expect(["refused", "ended", "sessionEnded", "sessionNotFound"]).toContain(early.kind);
    }
    if (!this.#knowsTheSameDevicesAt(refusal.retryAtMs)) return;
    const punctual = act(this.life.fork({ nowMs: refusal.retryAtMs }));
    expect(brief(punctual)).not.toBe(`refused ${refusal.rule}`);
    // A send is told the longest of its refusals, so nothing at all refuses it then.
    if (what === "send") expect(punctual.kind).not.toBe("refused");
  }

  #knowsTheSameDevicesAt(atMs: number): boolean {
    const { record, nowMs } = this.life;
    return ledgerAt(record, atMs).devices.length === ledgerAt(record, nowMs).devices.length;
  }

  /** Attempts never fall and are the comparisons that were seen; expiry never moves; ends are for ever. */
  #checkSessions(): void {
    for (const known of this.#sessions) {
      const outcome = this.life.read(known.id);
      if (outcome.kind !== "session") continue;
      const { view } = outcome;
      expect(view.attempts).toBe(known.attempts);
      expect(view.session.expiresMs).toBe(known.expiresMs);
      expect(view.status === "pending" && known.ended).toBe(false);
      expect(view.attemptsRemaining).toBe(
        view.status === "pending" ? known.policy.tries - known.attempts : 0,
      );
    }
  }

  #see(session: KnownSession, what: Sight["what"]): void {
    this.sights.push({ atMs: this.#atMs, session, what });
  }

  get #atMs(): number {
    return Math.max(this.life.nowMs, this.life.record?.lastMs ?? 0);
  }
}

/** Whether an outcome may leave another record than it found. A call refused for the budget is still a call. */
function mayChange(what: string, outcome: Outcome): boolean {
  if (outcome.kind === "refused") return what === "verify" && outcome.refusal.rule === "guessBudget";
  return ["send", "compared", "ended", "alreadyApproved", "session"].includes(outcome.kind);
}

/** The most of the instants that any span of that length holds. */
export function mostInAnySpan(instants: readonly number[], spanMs: number): number {
  const counts = instants.map(
    (lastMs) => instants.filter((atMs) => atMs <= lastMs && lastMs - atMs < spanMs).length,
  );
  return Math.max(0, ...counts);
}
