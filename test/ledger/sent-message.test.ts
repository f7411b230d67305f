import { describe, expect, it } from "vitest";
import { sentMessageRecord } from "../../src/ledger/sent-message.ts";
import { startMs } from "./ledgers.ts";

const record = { reference: "a".repeat(90), untilMs: startMs };

describe("What stands for a message in the store", () => {
  it("comes back as it went, with what a later version has added", () => {
    expect(sentMessageRecord.decode(sentMessageRecord.encode(record))).toEqual(record);
    const later = { ...record, added: 1 };
    expect(sentMessageRecord.decode(JSON.stringify(later))).toEqual(later);
  });

  it("is kept for as long as it says", () => {
    expect(sentMessageRecord.expiresAtMs(record)).toBe(startMs);
  });

  it.each([
    ["nothing", ""],
    ["another record", '{"content":"","untilMs":1}'],
    ["no instant", JSON.stringify({ ...record, untilMs: undefined })],
    ["half an instant", JSON.stringify({ ...record, untilMs: 0.5 })],
    ["a number for a reference", JSON.stringify({ ...record, reference: 1 })],
  ])("is not read from %s", (_, text) => {
    expect(() => sentMessageRecord.decode(text)).toThrow();
  });
});
