import { beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../../src/clock.ts";
import type { ReportSink } from "../../src/delivery/provider.ts";
import { standingOf } from "../../src/ledger/delivery-standing.ts";
import { getSession } from "../../src/passcode/get-session.ts";
import { reportSink } from "../../src/passcode/report-sink.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { FaultyDriver } from "../support/faulty-driver.ts";
import { anybody, passcodesWith, sendRequestWith, type TestPasscodes } from "../support/passcodes.ts";

const dayMs = 24 * 60 * 60_000;

let nowMs: number;
const clock: Clock = { nowMs: () => nowMs };
let smsc: ScriptedProvider;
let passcodes: TestPasscodes;
let sink: ReportSink;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 23, 12);
  smsc = new ScriptedProvider(() => accepted);
  passcodes = await passcodesWith({ sms: smsc, voice: smsc }, { clock });
  sink = reportSink(() => passcodes, "sms");
});

describe("What a provider is told on its own connection", () => {
  test("is recorded of the message that its id stands for", async () => {
    const answer = await sendPasscode(passcodes, sendRequestWith(), anybody);
    if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
    await sink.remember("m-1", smsc.handovers[0]?.reference ?? "");
    nowMs += 5_000;
    await sink.record({ reference: (await sink.recall("m-1")) ?? "", state: "delivered" });
    const read = await getSession(passcodes, { profile: "default", sessionId: answer.sessionId });
    const [delivery] = read.kind === "session" ? read.view.session.deliveries : [];
    expect(delivery && standingOf(delivery)).toEqual({ state: "delivered", provider: "sms", sinceMs: nowMs });
  });

  test("of a message of nobody's is logged, and is no failure", async () => {
    await sink.record({ reference: "AAAA", state: "delivered" });
    expect(passcodes.logLines.at(-1)).toContain("about no message of this service");
  });
});

describe("A message id", () => {
  test("is known to the provider that gave it alone", async () => {
    await sink.remember("m-1", "reference");
    expect(await sink.recall("m-1")).toBe("reference");
    expect(await sink.recall("m-2")).toBeUndefined();
    expect(await reportSink(() => passcodes, "voice").recall("m-1")).toBeUndefined();
  });

  test("is known to every instance over the same store", async () => {
    await sink.remember("m-1", "reference");
    const other = { ...passcodes };
    expect(await reportSink(() => other, "sms").recall("m-1")).toBe("reference");
  });

  test("given again stands for the later message", async () => {
    await sink.remember("m-1", "earlier");
    await sink.remember("m-1", "later");
    expect(await sink.recall("m-1")).toBe("later");
  });

  test("is forgotten after a day", async () => {
    await sink.remember("m-1", "reference");
    nowMs += dayMs - 1;
    expect(await sink.recall("m-1")).toBe("reference");
    nowMs += 1;
    expect(await sink.recall("m-1")).toBeUndefined();
  });

  test("is forgotten after a day even if the store still has it", async () => {
    const driver = new FaultyDriver();
    const keeping = reportSink(
      () => ({ ...passcodes, store: new QueuedStore(driver, { macKey: passcodes.keys.records }) }),
      "sms",
    );
    await keeping.remember("m-1", "reference");
    driver.nowMs += dayMs - 1;
    expect(await keeping.recall("m-1")).toBe("reference");
    driver.nowMs += 1;
    expect(await keeping.recall("m-1")).toBeUndefined();
    expect(driver.texts.size).toBe(1);
  });

  test("of nobody's leaves nothing in the store", async () => {
    const written: string[] = [];
    const watched: TestPasscodes = {
      ...passcodes,
      store: {
        ...passcodes.store,
        update: (kind, key, change) =>
          passcodes.store.update(kind, key, (before, atMs) => {
            const changed = change(before, atMs);
            if (changed.record !== before) written.push(key);
            return changed;
          }),
      },
    };
    const watchedSink = reportSink(() => watched, "sms");
    expect(await watchedSink.recall("m-1")).toBeUndefined();
    expect(written).toEqual([]);
    await watchedSink.remember("m-1", "reference");
    expect(written).toEqual([expect.stringMatching(/^message:[A-Za-z0-9_-]{22}$/)]);
  });
});

describe("What cannot be stored is rejected, so that it is told again", () => {
  const calls: [what: string, call: (sink: ReportSink, reference: string) => Promise<unknown>][] = [
    ["a message id", (sink) => sink.remember("m-1", "reference")],
    ["a question for one", (sink) => sink.recall("m-1")],
    ["a report", (sink, reference) => sink.record({ reference, state: "delivered" })],
  ];

  test.each(calls)("%s, while the store fails", async (_, call) => {
    await sendPasscode(passcodes, sendRequestWith(), anybody);
    await passcodes.store.close();
    const asked = call(sink, smsc.handovers[0]?.reference ?? "");
    await expect(asked).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  test.each(calls)("%s, while the service is being put together", async (_, call) => {
    const early = reportSink(() => {
      throw new ReferenceError("not yet");
    }, "sms");
    await expect(call(early, "reference")).rejects.toBeInstanceOf(ReferenceError);
  });
});
