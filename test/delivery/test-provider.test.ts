import { describe, expect, test, vi } from "vitest";
import type { Report, SmsMessage } from "../../src/delivery/provider.ts";
import { TestProvider } from "../../src/delivery/test-provider.ts";

function smsTo(to: string): SmsMessage {
  return { channel: "sms", locale: "en", to, text: "123456", validForMs: 600_000 };
}

const handover = { reference: "reference" };

/** A provider whose reports are recorded, each once `record` resolves. */
function providerWith(record: () => Promise<void> = async () => {}) {
  const reports: Report[] = [];
  const provider = new TestProvider({
    record: async (report) => {
      await record();
      reports.push(report);
    },
  });
  return { provider, reports };
}

describe("The provider of test destinations", () => {
  test("reports after it has accepted", async () => {
    const { provider, reports } = providerWith();
    expect(await provider.send(smsTo("+12025550100"), handover)).toEqual({ kind: "accepted" });
    expect(reports).toEqual([]);
    await provider.close();
    expect(reports).toEqual([{ reference: "reference", state: "delivered" }]);
  });

  test("takes an address in any case", async () => {
    const { provider } = providerWith();
    const mail = { channel: "email", senderName: "", subject: "", text: "", html: "" } as const;
    const sent = provider.send({ ...mail, to: "Never-Reported@Example.com" }, handover);
    expect(await sent).toEqual({ kind: "accepted" });
  });

  test("refuses everybody else, and reports nothing", async () => {
    const { provider, reports } = providerWith();
    for (const to of ["+12025550113", "+12025550199", "+41791234567", "kim@example.com"]) {
      expect(await provider.send(smsTo(to), handover)).toMatchObject({ kind: "destinationRefused" });
    }
    await provider.close();
    expect(reports).toEqual([]);
  });

  test("closes once slow sends and their reports are done", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const { provider, reports } = providerWith();
    const sent = provider.send(smsTo("+12025550103"), handover);
    const closed = provider.close().then(() => reports.length);
    vi.advanceTimersByTime(5_000);
    expect(await sent).toEqual({ kind: "accepted" });
    expect(await closed).toBe(1);
    vi.useRealTimers();
  });

  test("closes even if its reports cannot be recorded", async () => {
    const { provider, reports } = providerWith(() => Promise.reject(new Error("the store is down")));
    await provider.send(smsTo("+12025550100"), handover);
    await provider.close();
    expect(reports).toEqual([]);
  });
});
