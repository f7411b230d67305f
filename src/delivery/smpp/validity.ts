/** How an SMSC is told until when a message is of use: a span from now, an instant, or not at all. */
export type Validity = "relative" | "absolute" | "absent";

/** A time as YYMMDDhhmmsstnnp: SMPP 3.4, section 7.1.1. */
export function validityPeriod(
  form: Validity,
  { validForMs, nowMs }: { validForMs: number; nowMs: number },
): string {
  // No span at all may be read as no bound.
  const seconds = Math.max(1, Math.floor(validForMs / 1_000));
  switch (form) {
    case "absent":
      return "";
    case "relative":
      return `0000${twoDigits([
        Math.min(99, Math.floor(seconds / 86_400)),
        Math.floor(seconds / 3_600) % 24,
        Math.floor(seconds / 60) % 60,
        seconds % 60,
      ])}000R`;
    case "absolute": {
      // In UTC: no quarters of an hour from it.
      const [digits = ""] = new Date(nowMs + seconds * 1_000).toISOString().replace(/[-:T]/g, "").split(".");
      return `${digits.slice(2)}000+`;
    }
  }
}

function twoDigits(fields: readonly number[]): string {
  return fields.map((field) => String(field).padStart(2, "0")).join("");
}
