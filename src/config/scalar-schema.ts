import { z } from "zod";
import { isHost, parseAddress } from "./address.ts";
import type { Address } from "./config.ts";
import { parseDuration } from "./duration.ts";

/**
 * A value that `accept` turns into a T, or answers undefined for.
 *
 * `expected` completes "must be …". The value itself is shown only if `showsValue` is set.
 */
function scalar<T>(
  accept: (value: unknown) => T | undefined,
  expected: string,
  { showsValue = false } = {},
): z.ZodType<T> {
  return z.unknown().transform((value, context) => {
    const accepted = accept(value);
    if (accepted !== undefined) return accepted;
    const problem = missing(value) ?? { message: `must be ${expected}`, params: { showsValue } };
    context.addIssue({ code: "custom", ...problem });
    return z.NEVER;
  });
}

function missing(value: unknown): { message: string } | undefined {
  if (value === undefined) return { message: "is required" };
  if (value === null) return { message: "has no value; give one, or leave it out" };
  return undefined;
}

/** A scalar written as text. YAML reads unquoted digits as a number, which would lose leading zeros. */
export function textScalar<T>(
  accept: (text: string) => T | undefined,
  expected: string,
  options = {},
): z.ZodType<T> {
  return scalar((value) => (typeof value === "string" ? accept(value) : undefined), expected, options);
}

export function text({ lengthMax }: { lengthMax: number }): z.ZodType<string> {
  const fits = (value: string) => value !== "" && value.length <= lengthMax && !/\p{Cc}/u.test(value);
  return textScalar(
    (value) => (fits(value) ? value : undefined),
    `text of 1 to ${lengthMax} characters without line breaks (in quotes, if it is all digits)`,
  );
}

/** Digits in a text count too: that is how they come out of the environment. */
export function wholeNumber({ min, max }: { min: number; max: number }): z.ZodType<number> {
  const read = (value: unknown) => {
    const number = typeof value === "string" && /^[0-9]{1,15}$/.test(value) ? Number(value) : value;
    return typeof number === "number" && Number.isInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  };
  return scalar(read, `a whole number from ${min} to ${max}`, { showsValue: true });
}

export function flag(): z.ZodType<boolean> {
  return scalar(readFlag, "true or false", { showsValue: true });
}

/** Undefined for what is not a flag. The texts are how flags come out of the environment. */
export function readFlag(value: unknown): boolean | undefined {
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

/** A span in milliseconds, with its bounds as people write them. */
export function duration({ min, max }: { min: string; max: string }): z.ZodType<number> {
  const [minMs, maxMs] = [boundMs(min), boundMs(max)];
  return textScalar(
    (value) => {
      const spanMs = parseDuration(value);
      return spanMs !== undefined && spanMs >= minMs && spanMs <= maxMs ? spanMs : undefined;
    },
    `a duration from ${min} to ${max}, such as 500ms, 90s, 10m or 1h`,
    { showsValue: true },
  );
}

function boundMs(bound: string): number {
  const spanMs = parseDuration(bound);
  if (spanMs === undefined) throw new Error(`${bound} is not a duration`);
  return spanMs;
}

/** A size in bytes, with its bounds as people write them. */
export function byteSize({ min, max }: { min: string; max: string }): z.ZodType<number> {
  const [minBytes = 0, maxBytes = 0] = [min, max].map(parseByteSize);
  return textScalar(
    (value) => {
      const bytes = parseByteSize(value);
      return bytes !== undefined && bytes >= minBytes && bytes <= maxBytes ? bytes : undefined;
    },
    `a size from ${min} to ${max}, such as 64MiB or 2GiB`,
    { showsValue: true },
  );
}

function parseByteSize(text: string): number | undefined {
  const [, digits, unit] = /^([0-9]{1,6})(MiB|GiB)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** (unit === "GiB" ? 3 : 2);
}

export function choice<const T extends string>(choices: readonly T[]): z.ZodType<T> {
  return textScalar((value) => choices.find((one) => one === value), `one of ${choices.join(", ")}`, {
    showsValue: true,
  });
}

/** The names that the file gives to things. */
export const namePattern = /^[a-z][a-z0-9-]{0,62}$/;

export const nameExpected = "up to 63 lower-case letters, digits and hyphens, the first a letter";

export const name = textScalar((value) => (namePattern.test(value) ? value : undefined), nameExpected);

export const host = textScalar(
  (value) => (isHost(value) ? value : undefined),
  "a host name or an IP address",
);

export function address({ portMin }: { portMin: number }): z.ZodType<Address> {
  return textScalar((value) => {
    const parsed = parseAddress(value);
    return parsed !== undefined && parsed.port >= portMin ? parsed : undefined;
  }, `host:port or [IPv6]:port, with a port from ${portMin} to 65535`);
}
