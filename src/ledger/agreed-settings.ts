import { z } from "zod";
import { dayMs } from "./policy.ts";
import { layoutVersion } from "./record.ts";

/**
 * What all instances on one store must have alike. Their keys.index is not in it: the
 * record of it carries its MAC under that, as every record does, and is refused by another.
 */
export interface AgreedSettings {
  /** The version of the ledgers' stored form. */
  readonly layout: number;
  /** The code keys there are, by id, and when an instance last had them. */
  readonly codeKeys: Readonly<Record<string, { readonly fingerprint: string; readonly seenMs: number }>>;
}

/** How long a code key that no instance has any more is known, in milliseconds: longer than any session under it. */
const knownMs = 7 * dayMs;

/**
 * Adds an instance's code keys to those known, and answers what it has otherwise than the
 * instances before it: a sentence, and then nothing is changed. A key may come or go on one
 * instance after the other; an id stands for one secret.
 */
export function agreeOn(
  before: AgreedSettings = { layout: layoutVersion, codeKeys: {} },
  fingerprints: ReadonlyMap<number, string>,
  nowMs: number,
): { record: AgreedSettings; outcome: string | undefined } {
  if (before.layout !== layoutVersion) {
    const outcome = `The store is of layout ${before.layout}, and this release knows ${layoutVersion}: give it a store of its own, or empty this one, and all limits begin anew.`;
    return { record: before, outcome };
  }
  const known = Object.entries(before.codeKeys).filter(([, { seenMs }]) => nowMs < seenMs + knownMs);
  const other = known.find(([id, { fingerprint }]) => {
    const own = fingerprints.get(Number(id));
    return own !== undefined && own !== fingerprint;
  });
  if (other !== undefined) {
    const outcome = `keys.codes: the key with the id ${other[0]} has another secret than it has on the other instances of this store: a new secret takes an id of its own.`;
    return { record: before, outcome };
  }
  const own = [...fingerprints].map(
    ([id, fingerprint]) => [String(id), { fingerprint, seenMs: nowMs }] as const,
  );
  return {
    record: { ...before, codeKeys: Object.fromEntries([...known, ...own]) },
    outcome: undefined,
  };
}

const stored = z.looseObject({
  layout: z.int(),
  codeKeys: z.record(z.string(), z.object({ fingerprint: z.string(), seenMs: z.int() })),
});

/** How they are kept in the store. */
export const agreedSettingsRecord = {
  decode: (text: string): AgreedSettings => stored.parse(JSON.parse(text)),
  encode: (record: AgreedSettings): string => JSON.stringify(record),
  expiresAtMs: ({ codeKeys }: AgreedSettings): number =>
    Math.max(...Object.values(codeKeys).map(({ seenMs }) => seenMs)) + knownMs,
};
