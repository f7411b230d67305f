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
  /** Identified calls, and those of them that have ended, answered or not. */
  readonly #identified: Call[] = [];
  readonly #ended = new Set<Call>();
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

  ended(call: Call): void {
    this.#ended.add(call);
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
    if (choice === "repeat") return chance.pick(this.#identified) ?? this.#openIdentified();
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

  /** A call with another's request id. Only of one that has ended: while it is under way, either may be first. */
  #reuse(): Call | undefined {
    const call = this.#chance.pick(this.#identified.filter((one) => this.#ended.has(one)));
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
