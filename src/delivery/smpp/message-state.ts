import type { Report } from "../provider.ts";

type Failure = NonNullable<Report["failure"]>;

/** What a message has come to. `underWay`: nothing final yet. `unclear`: final, and believed where nothing better is said. */
export type MessageState =
  | { kind: "delivered" }
  | { kind: "failed"; name: string; failure: Failure; isUnclear: boolean }
  | { kind: "underWay" };

const delivered: MessageState = { kind: "delivered" };
const underWay: MessageState = { kind: "underWay" };

function failed(name: string, failure: Failure = "undelivered", isUnclear = false): MessageState {
  return { kind: "failed", name, failure, isUnclear };
}

/**
 * By their value in message_state: SMPP 3.4, section 5.2.28; SMPP 5.0, section 4.7.15, added 0 and 9.
 * `ACCEPTED` is final by the letter, and what SMSCs say of a message that they have just taken.
 */
const states: ReadonlyMap<number, MessageState> = new Map([
  [0, underWay],
  [1, underWay],
  [2, delivered],
  [3, failed("EXPIRED")],
  [4, failed("DELETED")],
  [5, failed("UNDELIV")],
  [6, underWay],
  [7, failed("UNKNOWN", "undelivered", true)],
  [8, failed("REJECTD")],
  [9, failed("SKIPPED", "undelivered", true)],
]);

/** The words for them in the text of a receipt: seven letters long by SMPP 3.4, appendix B, and otherwise as SMSCs write them. */
const words: ReadonlyMap<string, MessageState> = new Map([
  ...named(0, "SCHEDUL SCHEDULED"),
  ...named(1, "ENROUTE BUFFRED BUFFERED BUFFERD QUEUED PENDING SENT SUBMITTED SUBMITD PROCESSING"),
  ...named(2, "DELIVRD DELIVERED DELIVERD DELIVRED DLVRD"),
  ...named(3, "EXPIRED EXPIRD"),
  ...named(4, "DELETED DELETD CANCELED CANCELLED"),
  ...named(
    5,
    "UNDELIV UNDELIVERABLE UNDELIVERED UNDELIVRD UNDELIVERD UNDLVRD NOTDELIVERED FAILED FAILURE FAIL",
  ),
  ...named(6, "ACCEPTD ACCEPTED ACCEPT"),
  ...named(7, "UNKNOWN UNKNOWM UNKNWN"),
  ...named(8, "REJECTD REJECTED REJECT"),
  ...named(9, "SKIPPED"),
  ...["BLOCKED", "BLACKLISTED", "BLACKLIST", "SPAM"].map((word): [string, MessageState] => [
    word,
    failed("BLOCKED", "blocked"),
  ]),
]);

function named(value: number, list: string): [string, MessageState][] {
  const state = states.get(value);
  return state === undefined ? [] : list.split(" ").map((word) => [word, state]);
}

/** Undefined for a value that has no meaning. */
export function stateOf(value: number): MessageState | undefined {
  return states.get(value);
}

/** Undefined for a word that nobody has listed. In letters of any size. */
export function stateNamed(word: string): MessageState | undefined {
  return words.get(word.toUpperCase());
}
