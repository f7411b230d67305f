import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openRecord, RecordRefusedError, sealRecord } from "../../src/store/record-mac.ts";
import { fixedKeys } from "../ledger/ledgers.ts";

const macKey = fixedKeys().records;
const key = "ledger:luksDEQ0ifvwCPQrRX-0PQ";
const content = '{"version":2,"masked":"+49 ••• 45"}';
const stored = sealRecord(content, key, macKey);

const open =
  (text: string, at = key, by = macKey) =>
  () =>
    openRecord(text, at, by);

describe("A stored record", () => {
  it("opens to its content, whatever that is", () => {
    const property = fc.property(fc.string({ unit: "grapheme" }), fc.string(), (content, key) => {
      expect(openRecord(sealRecord(content, key, macKey), key, macKey)).toBe(content);
    });
    fc.assert(property, { seed: 1, numRuns: 500 });
  });

  it("is this text, in every version, or no record could be read after an upgrade", () => {
    expect(sealRecord("{}", "ledger:A", macKey)).toBe("e4fS4b4vCXSULoDPn-XblH{}");
  });

  it("is refused with any of its bits changed, and with any byte put in or left out", () => {
    const bytes = Buffer.from(stored);
    const refused = (changed: Buffer) => expect(open(changed.toString())).toThrow(RecordRefusedError);
    for (let at = 0; at < bytes.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        refused(Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte))));
      }
      refused(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]));
      refused(Buffer.concat([bytes.subarray(0, at), Buffer.from("0"), bytes.subarray(at)]));
    }
  });

  it("is refused under the key of another", () => {
    expect(open(stored, "ledger:luksDEQ0ifvwCPQrRX-0PR")).toThrow(RecordRefusedError);
    expect(open(stored, "request:luksDEQ0ifvwCPQrRX-0PQ")).toThrow(RecordRefusedError);
    // What one lacks of its content, another has in its key.
    expect(open(sealRecord("bc", "a", macKey), "ab")).toThrow(RecordRefusedError);
    expect(open(`${stored.slice(0, 22)}PQ${content}`, key.slice(0, -2))).toThrow(RecordRefusedError);
  });

  it("is refused when another service has written it", () => {
    const theirs = fixedKeys({ index: "another" }).records;
    expect(open(sealRecord(content, key, theirs))).toThrow(RecordRefusedError);
  });

  it("is refused with a line that names its kind, and nothing of it", () => {
    expect(open(`${stored} `)).toThrow(
      "A ledger record was refused: it is damaged, of another place, or of a service with another keys.index.",
    );
    expect(open(content)).toThrow(
      "A ledger record was refused: it is of a former release, whose records carried no MAC.",
    );
    expect(open("")).toThrow("A ledger record was refused: it is damaged");
  });
});
