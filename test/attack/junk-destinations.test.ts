import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dayMs, defaultPolicy, minuteMs } from "../../src/ledger/policy.ts";
import { ledgerRecord } from "../../src/ledger/record.ts";
import { decideSend, type SendOutcome } from "../../src/ledger/send.ts";
import { SingleProcessKeyvDriver } from "../../src/store/keyv-driver.ts";
import { MemoryStorage } from "../../src/store/memory-storage.ts";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { keyvOver } from "../../src/store/storage.ts";
import { fixedKeys, fixedName, startMs } from "../ledger/ledgers.ts";
import { effort, tally } from "../proof/effort.ts";

const destinations = effort > 1 ? 1_000_000 : 100_000;
/** Sent to at the same time, as by so many calls under way. */
const atOnce = 1_000;

const keys = fixedKeys();
const policies = { base: defaultPolicy, named: new Map() };
const command = {
  newSessionId: fixedName("session"),
  newNonce: fixedName("nonce"),
  keyId: 1,
  binding: keys.bindingOf("login", {}),
  address: keys.addressOf({ kind: "phone", address: "+41791234567" }),
  policy: "",
  masked: "+41 ******* 67",
  channel: "sms",
  provider: "outbox",
} as const;

describe("A flood of destinations that nobody has heard of", () => {
  let nowMs: number;
  let storage: MemoryStorage;
  let store: QueuedStore;
  const openWith = (bytesMax: number) => {
    nowMs = startMs;
    const clock = { nowMs: () => nowMs };
    storage = new MemoryStorage({ bytesMax, clock });
    store = new QueuedStore(new SingleProcessKeyvDriver(keyvOver(storage), clock), { macKey: keys.records });
  };
  // The sweeper's own timer, so that its minute need not be waited for.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(async () => {
    vi.useRealTimers();
    await store.close();
  });

  function send(index: number): Promise<SendOutcome["kind"] | "full"> {
    const key = `ledger:${keys.ledgerOf("default", { kind: "phone", canonical: `+4179${index}` }).toString("base64url")}`;
    return store
      .update(ledgerRecord, key, (before, now) => decideSend(before, command, policies, now))
      .then(
        ({ kind }) => kind,
        () => "full",
      );
  }

  async function flood(count: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (let first = 0; first < count; first += atOnce) {
      const outcomes = await Promise.all(Array.from({ length: atOnce }, (_, index) => send(first + index)));
      for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    return counts;
  }

  it(`of ${destinations} leaves a record each, which are all gone once no rule asks for them`, async () => {
    openWith(Number.POSITIVE_INFINITY);
    expect(await flood(destinations)).toEqual({ send: destinations });
    expect(storage.size).toBe(destinations);
    expect(store.keysInUse).toBe(0);
    tally("attack", { "junk destinations": destinations });

    nowMs += defaultPolicy.expiryMs + dayMs;
    vi.advanceTimersByTime(2 * minuteMs);
    expect(storage.size).toBe(0);
  });

  it("stops at the bound of the store, and none that is in it is forgotten for another", async () => {
    const bytesMax = 4 * 1024 * 1024;
    openWith(bytesMax);
    const { send: sent = 0, full = 0 } = await flood(20_000);
    expect(full).toBeGreaterThan(10_000);
    expect(sent + full).toBe(20_000);
    expect(storage.size).toBe(sent);
    expect(storage.bytes - bytesMax).toBeLessThan(2_000);

    // All of its first five sends are still counted: four more and no fifth.
    expect([await send(0), await send(0), await send(0), await send(0), await send(0)]).toEqual([
      ...Array(4).fill("send"),
      "refused",
    ]);
    expect(store.keysInUse).toBe(0);
  });
});
