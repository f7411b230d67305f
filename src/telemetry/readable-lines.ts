import { printable } from "./printable.ts";

/** A log line for a person at a terminal: the time of day, the level, the event, then `name=value`; errors on lines of their own. */
export function readableLine(json: string): string {
  const { time, level, event, error, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${quoted(String(value))}`);
  const cause = error === undefined ? "" : stackOf(error).split("\n").map(indented).join("");
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${event}${pairs.join("")}${cause}\n`;
}

function quoted(value: string): string {
  return /^[^\s"\p{C}]+$/u.test(value) ? value : printable(JSON.stringify(value));
}

function indented(line: string): string {
  return `\n  ${printable(line)}`;
}

function stackOf(error: unknown): string {
  const { stack, message, cause } = error as { stack?: string; message?: string; cause?: unknown };
  return `${stack ?? message}${cause === undefined ? "" : `\ncaused by: ${stackOf(cause)}`}`;
}
