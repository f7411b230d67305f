import { expect, test } from "vitest";
import { answerMs, burst, sendBurst } from "../burst.ts";
import { boundAccount, smsTo } from "./account.ts";

test("a healthy SMSC takes every message of a burst, in its window", async () => {
  const { provider, smsc } = await boundAccount();
  await smsc.tell({ do: "delay", ms: answerMs });
  await sendBurst(provider, { concurrency: 50, message: smsTo("+41791234567") });
  await smsc.until("submit_sm", burst);
});

test("messages beyond a hundred in the window have each their own answer", async () => {
  const { provider, smsc, sink } = await boundAccount();
  await smsc.tell({ do: "delay", ms: answerMs });
  await sendBurst(provider, { concurrency: 1_000, message: smsTo("+41791234567") });
  expect(new Set(sink.references.values()).size).toBe(burst);
});
