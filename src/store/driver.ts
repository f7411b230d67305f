/**
 * A place that keeps texts under keys: the part of a store that differs from one to the next.
 *
 * Every method rejects when the place fails; none answers a failure as an absence.
 */
export interface Driver {
  /** Reads the text, undefined if there is none or it has expired, with the instant of the reading by the driver's clock. */
  read(key: string): Promise<Reading>;

  /**
   * Replaces the text if it is still the one that was read, and answers whether it was.
   *
   * Also answers false when the reading is too old to decide on (see `decisionAgeMaxMs`),
   * so that a process which slept between the two cannot act on a past instant.
   */
  replace(key: string, reading: Reading, next: Text): Promise<boolean>;

  close(): Promise<void>;
}

export interface Reading {
  text: string | undefined;
  nowMs: number;
}

export interface Text {
  text: string;
  /** The instant from which the driver may drop the text by itself. */
  expiresAtMs: number;
}

/** The longest a reading may precede the replacement decided on it, in milliseconds. */
export const decisionAgeMaxMs = 1_000;
