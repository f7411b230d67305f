import pino from "pino";

/**
 * Everything a log line may say besides its event: an allow-list, so that a code, a
 * key or a whole destination has no field to get in by.
 */
export interface LogFields {
  rpc?: string;
  protocol?: string;
  /** Name of the API key the caller holds. */
  caller?: string;
  profile?: string;
  sessionId?: string;
  status?: string;
  /** gRPC code of the answer. */
  code?: string;
  /** An ErrorReason or StatusReason. */
  reason?: string;
  channel?: string;
  provider?: string;
  /** A delivery's state. */
  delivery?: string;
  /** A provider's own error code. */
  detail?: string;
  /** With all but a few characters hidden. */
  maskedDestination?: string;
  endUserIp?: string;
  endUserDevice?: string;
  durationMs?: number;
  address?: string;
  /** The address that a connection comes from. */
  peer?: string;
  count?: number;
  /** The cause of a fault: name, message and stack are written. */
  error?: unknown;
}

const fieldNames: readonly (keyof LogFields)[] = [
  "rpc",
  "protocol",
  "caller",
  "profile",
  "sessionId",
  "status",
  "code",
  "reason",
  "channel",
  "provider",
  "delivery",
  "detail",
  "maskedDestination",
  "endUserIp",
  "endUserDevice",
  "durationMs",
  "address",
  "peer",
  "count",
];

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** A log of one JSON object a line: `time`, `level`, `event`, then the fields. */
export function createLog(level: LogLevel, destination: { write(line: string): void }): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: "event",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const line =
    (write: (fields: object, event: string) => void) =>
    (event: string, fields: LogFields = {}) =>
      write(permitted(fields), event);
  return {
    debug: line(logger.debug.bind(logger)),
    info: line(logger.info.bind(logger)),
    warn: line(logger.warn.bind(logger)),
    error: line(logger.error.bind(logger)),
  };
}

function permitted(fields: LogFields): object {
  const out: Record<string, unknown> = {};
  for (const name of fieldNames) if (fields[name] !== undefined) out[name] = fields[name];
  if (fields.error !== undefined) out["error"] = describeError(fields.error);
  return out;
}

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
