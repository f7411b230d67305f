/** Seconds from which a number is an instant rather than a span: September 2001. */
const epochSecondsMin = 1_000_000_000;

const shortDay = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const longDay = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const time = "[0-9]{2}:[0-9]{2}:[0-9]{2}";

/** The three forms of RFC 9110, section 5.6.7; the last, of asctime, has no zone and means GMT. */
const dated = new RegExp(
  `^(?:${shortDay}, [0-9]{2} ${month} [0-9]{4} ${time} GMT|${longDay}, [0-9]{2}-${month}-[0-9]{2} ${time} GMT)$`,
);
const asctime = new RegExp(`^${shortDay} ${month} [0-9 ][0-9] ${time} [0-9]{4}$`);

/**
 * Milliseconds that a `retry-after` asks for; undefined for what is none.
 *
 * Seconds or a date (RFC 9110, section 10.2.3), and what servers send beside: a fraction
 * of a second, and the instant in seconds since 1970.
 */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]{1,10}(?:\.[0-9]{1,9})?$/.test(value)) {
    const seconds = Number(value);
    return seconds < epochSecondsMin ? Math.ceil(seconds * 1_000) : Math.max(0, seconds * 1_000 - nowMs);
  }
  // Left to itself, the parser finds a date in "-1" and takes one without a zone for local time.
  const atMs = Date.parse(dated.test(value) ? value : asctime.test(value) ? `${value} GMT` : "");
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
