import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { wrongCode } from "../support/service.ts";
import type { Call, KnownSession } from "./call.ts";
import type { Chance } from "./chance.ts";

/** How often each is asked, of a hundred. */
const mix = {
  open: 14,
  resend: 10,
  resendForOtherTransaction: 2,
  guessWrong: 25,
  verifyRight: 5,
  verifyForOtherTransaction: 4,
  look: 16,
  cancel: 3,
  repeat: 18,
  reuseRequestId: 3,
};

/** Of ten calls that can have a request id, those that have one. */
const identified = 6;

/**
 * What the callers of one destination know, and what they ask next.
 *
 * They share it, as an application's servers do. So what is asked follows the seed, and
 * also what was answered meanwhile.
 */
export class Application {
  readonly phoneNumber: string;
  readonly #chance: Chance;
  /** The code in the messages about a transaction, once anyone has seen one. */
  readonly #codeFor: (transaction: string) => string | undefined;
  readonly #sessions = new Map<string, KnownSession>();
  /** Identified calls, and what they have come to. */
  readonly #identified: Call[] = [];
  readonly #answered = new Set<Call>();
  readonly #unanswered = new Set<Call>();
  #transactions = 0;

  constructor(phoneNumber: string, chance: Chance, codeFor: (transaction: string) => string | undefined) {
    this.phoneNumber = phoneNumber;
    this.#chance = chance;
    this.#codeFor = codeFor;
  }

  get sessions(): readonly KnownSession[] {
    return [...this.#sessions.values()];
  }

  learn(session: KnownSession): void {
    this.#sessions.set(session.sessionId, session);
  }

  ended(call: Call, isAnswered: boolean): void {
    this.#unanswered.delete(call);
    (isAnswered ? this.#answered : this.#unanswered).add(call);
  }

  /** A call of the seed's choosing. Where it needs what nobody has yet, a session is opened. */
  next(): Call {
    const call = this.#choose();
    if ("requestId" in call && !this.#identified.includes(call)) this.#identified.push(call);
    return call;
  }

  /** Opens a session without a request id. */
  open(): Call {
    return {
      rpc: "send",
      phoneNumber: this.phoneNumber,
      transaction: this.#newTransaction(),
      channel: Channel.SMS,
    };
  }

  #choose(): Call {
    const chance = this.#chance;
    const choice = chance.weighted(mix);
    const session = chance.pick(this.sessions);
    if (choice === "repeat") return this.#repeat() ?? this.#openIdentified();
    if (choice === "reuseRequestId") return this.#reuse() ?? this.#openIdentified();
    if (choice === "open" || session === undefined) return this.#openIdentified();

    const { transaction } = session;
    const code = this.#codeFor(transaction);
    const other = this.#newTransaction();
    switch (choice) {
      case "resend":
      case "resendForOtherTransaction":
        return {
          rpc: "send",
          phoneNumber: this.phoneNumber,
          session,
          transaction: choice === "resend" ? transaction : other,
          channel: chance.pick([Channel.SMS, Channel.VOICE]) ?? Channel.SMS,
          ...this.#perhapsIdentified(),
        };
      case "guessWrong":
      case "verifyRight":
      case "verifyForOtherTransaction":
        return {
          rpc: "verify",
          session,
          transaction: choice === "verifyForOtherTransaction" ? other : transaction,
          code:
            choice === "guessWrong" || code === undefined
              ? wrongCode(code ?? "000000", 1 + chance.below(9_999))
              : code,
          ...this.#perhapsIdentified(),
        };
      case "look":
        return { rpc: "get", session };
      case "cancel":
        return { rpc: "cancel", session };
    }
  }

  #openIdentified(): Call {
    return { ...this.open(), ...this.#perhapsIdentified() };
  }

  /** More often than not a call that was left without an answer, if there is one: that is what request ids are for. */
  #repeat(): Call | undefined {
    const unanswered = this.#identified.filter((call) => this.#unanswered.has(call));
    return this.#chance.pick(
      unanswered.length > 0 && this.#chance.below(3) > 0 ? unanswered : this.#identified,
    );
  }

  /** A call with another's request id. Only of one that has ended: while it is under way, either may be first. */
  #reuse(): Call | undefined {
    const unanswered = this.#identified.filter((call) => this.#unanswered.has(call));
    const answered = this.#identified.filter((call) => this.#answered.has(call));
    const call = this.#chance.pick(unanswered.length > 0 ? unanswered : answered);
    if (call === undefined || !("requestId" in call)) return undefined;
    return { ...call, transaction: this.#newTransaction() };
  }

  #perhapsIdentified(): { requestId?: string } {
    return this.#chance.below(10) < identified ? { requestId: this.#chance.uuid() } : {};
  }

  /** Letters alone, so that it is not taken for a code, and no number twice. */
  #newTransaction(): string {
    this.#transactions += 1;
    return lettersOf(`${this.phoneNumber.slice(-7)}${this.#transactions}`);
  }
}

function lettersOf(digits: string): string {
  return digits.replaceAll(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)));
}
