import type { Channel } from "../ledger/channel.ts";

/** What the message of each channel is made of, a template each. */
export const partsOf = {
  sms: ["sms"],
  voice: ["voice"],
  email: ["email.subject", "email.text", "email.html"],
} as const satisfies Record<Channel, readonly string[]>;

export type Part = (typeof partsOf)[Channel][number];

const parts: readonly Part[] = Object.values(partsOf).flat();

/** The file that holds a part in a language: `sms.de.liquid`, `email.de.html.liquid`. */
export function fileNameOf(part: Part, tag: string): string {
  const [channel, ...rest] = part.split(".");
  return [channel, tag, ...rest, "liquid"].join(".");
}

/** The part and language tag that a file is named for; undefined for any other name. */
export function partNamed(fileName: string): { part: Part; tag: string } | undefined {
  const tag = fileName.split(".")[1] ?? "";
  const part = parts.find((one) => fileNameOf(one, tag) === fileName);
  return part === undefined || tag === "" ? undefined : { part, tag };
}
