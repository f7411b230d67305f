import { afterAll, beforeAll, expect, test } from "vitest";
import { accountAt, handover, smsTo } from "./account.ts";
import { type ExampleSmsc, startExampleSmsc } from "./example-smsc.ts";

let smsc: ExampleSmsc;

beforeAll(async () => {
  smsc = await startExampleSmsc();
});
afterAll(async () => {
  await smsc?.stop();
});

test("an SMSC that others wrote is bound to, takes messages, says that it is there, and is logged out of", async () => {
  const { provider, troubles, sink } = accountAt({ port: smsc.port, enquireLinkMs: 20 });
  const outcome = await provider.send(smsTo("+41791234567", "Код 471902 {€}"), handover);
  expect(outcome).toEqual({ kind: "accepted", providerMessageId: "123456789" });
  expect(sink.references.get("123456789")).toBe("ref-1");
  await smsc.said(/^Received #\d+ 9:bind_transceiver/);
  await smsc.said(/^Received #\d+ 4:submit_sm/);
  await smsc.said(/^Received #\d+ 21:enquire_link/);
  await provider.close();
  await smsc.said(/^Received #\d+ 6:unbind/);
  await smsc.said(/Remote sent unbind/);
  expect(troubles.details).toEqual([]);
});
