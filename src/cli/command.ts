import type { Writable } from "node:stream";
import type { LineSink } from "../telemetry/line-sink.ts";

/** What a command may use of the process it runs in. */
export interface Terminal {
  readonly out: Writable & { readonly isTTY?: boolean };
  readonly err: Writable & { readonly isTTY?: boolean };
  /** Standard error, for lines that nobody is to wait for. */
  readonly log: LineSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Settles when `serve` is asked to stop; a signal simply ends any other command. */
  readonly stopRequested: Promise<void>;
}

/** Runs with the arguments after its name and answers the exit code. */
export type Command = (args: readonly string[], terminal: Terminal) => Promise<number>;

/** The command was called in a way it does not know; the message says how to call it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
