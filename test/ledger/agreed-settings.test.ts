import { describe, expect, it } from "vitest";
import { type AgreedSettings, agreedSettingsRecord, agreeOn } from "../../src/ledger/agreed-settings.ts";
import { Keys } from "../../src/ledger/keys.ts";
import { dayMs } from "../../src/ledger/policy.ts";
import { fixedKeys, fixedSecret, startMs } from "./ledgers.ts";

const of = (...codes: number[]) => fixedKeys({ codes }).fingerprints;
/** A key of that id with a secret that no other has. */
const otherSecret = (id: number) =>
  new Keys({ index: fixedSecret("index"), codes: [{ id, secret: fixedSecret("elsewhere") }] }).fingerprints;

/** The record after these instances have started, which must agree, one a day. */
function begunBy(...instances: ReadonlyMap<number, string>[]): AgreedSettings {
  const record = instances.reduce<AgreedSettings | undefined>((before, keys, day) => {
    const { record, outcome } = agreeOn(before, keys, startMs + day * dayMs);
    expect(outcome).toBeUndefined();
    return record;
  }, undefined);
  if (record === undefined) throw new Error("an instance starts");
  return record;
}

describe("Instances on one store", () => {
  it("agree on the keys of the first", () => {
    expect(Object.keys(begunBy(of(1), of(1), of(1)).codeKeys)).toEqual(["1"]);
  });

  it("take in a new code key, and give an old one up, one after the other", () => {
    const record = begunBy(of(1), of(1, 2), of(1), of(2, 1), of(2), of(2, 1), of(2));
    expect(Object.keys(record.codeKeys)).toEqual(["1", "2"]);
  });

  it("refuse another secret under an id that is known, and nothing changes by it", () => {
    const before = begunBy(of(1, 2));
    for (const nowMs of [startMs, startMs + 7 * dayMs - 1]) {
      const { record, outcome } = agreeOn(before, otherSecret(2), nowMs);
      expect(outcome).toMatch(/^keys\.codes: the key with the id 2 has another secret/);
      expect(record).toBe(before);
    }
  });

  it("may use an id anew a week after the last of them had it", () => {
    const before = begunBy(of(1, 2));
    const { record, outcome } = agreeOn(before, otherSecret(2), startMs + 7 * dayMs);
    expect(outcome).toBeUndefined();
    expect(Object.keys(record.codeKeys)).toEqual(["2"]);
  });

  it("refuse a store of another layout", () => {
    const before = { ...begunBy(of(1)), layout: 3 };
    const { record, outcome } = agreeOn(before, of(1), startMs);
    expect(outcome).toMatch(/^The store is of layout 3, and this release knows 2/);
    expect(record).toBe(before);
  });
});

describe("The record of what they agree on", () => {
  it("comes back as it went, with what a later release has added, and names no secret", () => {
    const record = { ...begunBy(of(1, 2)), later: 1 };
    const text = agreedSettingsRecord.encode(record);
    expect(agreedSettingsRecord.decode(text)).toEqual(record);
    for (const id of [1, 2]) {
      const secret = fixedSecret(`code ${id}`).export();
      for (const form of ["base64", "base64url", "hex"] as const)
        expect(text).not.toContain(secret.toString(form));
    }
  });

  it("is kept for a week after the last instance was there", () => {
    expect(agreedSettingsRecord.expiresAtMs(begunBy(of(1), of(1, 2)))).toBe(startMs + 8 * dayMs);
  });

  it.each(["", "{}", '{"layout":2}', '{"layout":"2","codeKeys":{}}', '{"layout":2,"codeKeys":{"1":{}}}'])(
    "is not read from %j",
    (text) => {
      expect(() => agreedSettingsRecord.decode(text)).toThrow();
    },
  );
});
