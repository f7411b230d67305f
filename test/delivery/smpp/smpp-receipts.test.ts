import { describe, expect, test } from "vitest";
import { encode } from "../../../src/delivery/smpp/pdu.ts";
import type { Delivery } from "../../support/smsc.ts";
import { boundAccount, handover, smsTo } from "./account.ts";

const message = smsTo("+41791234567");
const ok = 0;
const again = 0x08;

/** The text of a receipt, as SMPP 3.4 has it in appendix B. */
function receiptText(id: string, stat: string, err = "000"): string {
  return `id:${id} sub:001 dlvrd:001 submit date:2601010100 done date:2601010101 stat:${stat} err:${err} text:Your code is 471902`;
}

/** An account that has sent one message: id_1, for ref-1. */
async function sender() {
  const account = await boundAccount();
  await account.provider.send(message, handover);
  return account;
}

describe("a receipt", () => {
  const delivered = { state: "delivered" };
  const undelivered = { state: "failed", failure: "undelivered" };
  test.each<[string, Omit<Delivery, "seq">, object]>([
    ["in text of what was delivered", { text: receiptText("id_1", "DELIVRD") }, delivered],
    [
      "in text of what could not be delivered",
      { text: receiptText("id_1", "UNDELIV", "034") },
      { ...undelivered, detail: "UNDELIV 034" },
    ],
    [
      "in text of what came too late",
      { text: receiptText("id_1", "EXPIRED", "0") },
      { ...undelivered, detail: "EXPIRED 0" },
    ],
    [
      "in text of what was deleted",
      { text: receiptText("id_1", "DELETED") },
      { ...undelivered, detail: "DELETED 000" },
    ],
    [
      "in text of what was rejected",
      { text: receiptText("id_1", "REJECTD", "e9") },
      { state: "failed", failure: "blocked", detail: "REJECTD e9" },
    ],
    ["in TLVs of what was delivered", { receiptedId: "id_1", state: 2 }, delivered],
    ["in TLVs of what expired", { receiptedId: "id_1", state: 3 }, { ...undelivered, detail: "EXPIRED" }],
    ["in TLVs of what was deleted", { receiptedId: "id_1", state: 4 }, { ...undelivered, detail: "DELETED" }],
    ["in TLVs of what failed", { receiptedId: "id_1", state: 5 }, { ...undelivered, detail: "UNDELIV" }],
    [
      "in TLVs of what was rejected",
      { receiptedId: "id_1", state: 8 },
      { state: "failed", failure: "blocked", detail: "REJECTD" },
    ],
    [
      "whose text has room for a part of the id alone",
      { receiptedId: "id_1", state: 5, text: receiptText("id", "UNDELIV", "034") },
      { ...undelivered, detail: "UNDELIV 034" },
    ],
    ["in TLVs without an end", { receiptedId: "id_1", isUnterminated: true, state: 2 }, delivered],
    ["whose TLV is empty", { receiptedId: "", text: receiptText("id_1", "DELIVRD") }, delivered],
    ["in a payload", { payload: receiptText("id_1", "DELIVRD") }, delivered],
    ["in a data_sm", { asData: true, payload: receiptText("id_1", "DELIVRD") }, delivered],
    ["marked as IA5", { dataCoding: 1, text: receiptText("id_1", "DELIVRD") }, delivered],
    ["marked as UCS-2 but in ASCII", { dataCoding: 8, text: receiptText("id_1", "DELIVRD") }, delivered],
    ["in small letters", { text: receiptText("id_1", "delivrd").replace("text:", "Text:") }, delivered],
    ["with other bits of esm_class set", { esmClass: 0x87, text: receiptText("id_1", "DELIVRD") }, delivered],
  ])("%s is reported and acknowledged", async (_, delivery, report) => {
    const { smsc, sink } = await sender();
    await smsc.tell({ do: "deliver", seq: 500, ...delivery });
    const kind = delivery.asData ? "data_sm_resp" : "deliver_sm_resp";
    expect(await smsc.until(kind)).toMatchObject({ seq: 500, status: ok });
    expect(sink.recorded).toEqual([{ reference: "ref-1", ...report }]);
  });

  test.each<[string, Omit<Delivery, "seq">]>([
    ["of what is under way", { text: receiptText("id_1", "ENROUTE") }],
    ["of what was accepted", { text: receiptText("id_1", "ACCEPTD") }],
    ["of what nobody knows", { text: receiptText("id_1", "UNKNOWN") }],
    ["of a state that does not exist", { receiptedId: "id_1", state: 99 }],
    ["of nothing", { text: "" }],
    ["whose state is in the quoted message alone", { text: "id:id_1 text:stat:DELIVRD" }],
    ["that is intermediate", { esmClass: 0x20, text: receiptText("id_1", "DELIVRD") }],
    ["that a phone has sent", { esmClass: 0x08, text: receiptText("id_1", "DELIVRD") }],
  ])("%s is acknowledged and not reported", async (_, delivery) => {
    const { smsc, sink } = await sender();
    await smsc.tell({ do: "deliver", seq: 500, ...delivery });
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: ok });
    expect(sink.recorded).toEqual([]);
  });

  test("is not made of a message that somebody wrote, which is acknowledged and dropped", async () => {
    const { smsc, sink } = await sender();
    await smsc.tell({ do: "deliver", seq: 500, esmClass: 0, text: receiptText("id_1", "DELIVRD") });
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: ok });
    expect(sink.recorded).toEqual([]);
  });

  test("of a message that nobody knows is to come again, and is reported once somebody does", async () => {
    const { smsc, sink, troubles } = await sender();
    const receipt = { do: "deliver", text: receiptText("other_1", "DELIVRD") } as const;
    await smsc.tell({ ...receipt, seq: 500 });
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: again });
    expect(troubles.details).toEqual(["a receipt is of no known message"]);
    sink.references.set("other_1", "ref-of-another-instance");
    await smsc.tell({ ...receipt, seq: 501 });
    expect(await smsc.until("deliver_sm_resp", 2)).toMatchObject({ seq: 501, status: ok });
    expect(sink.recorded).toEqual([{ reference: "ref-of-another-instance", state: "delivered" }]);
  });

  test.each([
    ["BC614E00", "3160493568"],
    ["bc614e00", "0003160493568"],
    ["3160493568", "BC614E00"],
    ["12345678", "305419896"],
    ["0305419896", "12345678"],
  ])(
    "of a message whose id %s was answered is reported by the id %s in the other base",
    async (id, other) => {
      const { provider, smsc, sink } = await boundAccount();
      await smsc.tell({ do: "plan", submits: [{ id }] });
      expect(await provider.send(message, handover)).toEqual({ kind: "accepted", providerMessageId: id });
      await smsc.tell({ do: "deliver", seq: 500, text: receiptText(other, "DELIVRD") });
      expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: ok });
      expect(sink.recorded).toEqual([{ reference: "ref-1", state: "delivered" }]);
    },
  );

  test("that comes twice is reported twice", async () => {
    const { smsc, sink } = await sender();
    for (const seq of [500, 501]) {
      await smsc.tell({ do: "deliver", seq, text: receiptText("id_1", "DELIVRD") });
    }
    expect(await smsc.until("deliver_sm_resp", 2)).toMatchObject({ seq: 501, status: ok });
    expect(sink.recorded).toEqual(Array(2).fill({ reference: "ref-1", state: "delivered" }));
  });

  test("that comes before the answer to its message is to come again", async () => {
    const { provider, smsc, sink } = await boundAccount();
    const before = [{ seq: 500, text: receiptText("id_1", "DELIVRD") }];
    await smsc.tell({ do: "plan", submits: [{ before, hold: true }] });
    const sending = provider.send(message, handover);
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: again });
    await smsc.tell({ do: "release" });
    expect(await sending).toMatchObject({ kind: "accepted" });
    await smsc.tell({ do: "deliver", seq: 501, text: receiptText("id_1", "DELIVRD") });
    expect(await smsc.until("deliver_sm_resp", 2)).toMatchObject({ seq: 501, status: ok });
    expect(sink.recorded).toHaveLength(1);
  });

  test("that comes in one packet with the answer to its message is reported", async () => {
    const { provider, smsc, sink } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{ silent: true }] });
    const sending = provider.send(message, handover);
    const { seq } = await smsc.until("submit_sm");
    const answer = encode("submit_sm_resp", { sequence_number: Number(seq), message_id: "id_1" });
    const short_message = Buffer.from(receiptText("id_1", "DELIVRD"));
    const receipt = encode("deliver_sm", { sequence_number: 500, esm_class: 4, short_message });
    await smsc.tell({ do: "raw", hex: Buffer.concat([answer, receipt]).toString("hex") });
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: ok });
    expect(await sending).toMatchObject({ kind: "accepted" });
    expect(sink.recorded).toEqual([{ reference: "ref-1", state: "delivered" }]);
  });

  test("that comes before the id of its message is stored waits for that", async () => {
    const { provider, smsc, sink } = await boundAccount();
    const stored = Promise.withResolvers<void>();
    sink.held = stored.promise;
    const after = [
      { do: "deliver", seq: 500, text: receiptText("id_1", "DELIVRD") },
      { do: "enquire" },
    ] as const;
    await smsc.tell({ do: "plan", submits: [{ after: [...after] }] });
    const sending = provider.send(message, handover);
    await smsc.until("enquire_link_resp");
    expect(smsc.events.map(({ event }) => event)).not.toContain("deliver_sm_resp");
    stored.resolve();
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: ok });
    expect(await sending).toMatchObject({ kind: "accepted" });
    expect(sink.recorded).toEqual([{ reference: "ref-1", state: "delivered" }]);
  });

  test.each(["recall", "record"] as const)("is to come again when the store fails to %s", async (failing) => {
    const { smsc, sink, troubles } = await sender();
    sink.failing = failing;
    await smsc.tell({ do: "deliver", seq: 500, text: receiptText("id_1", "DELIVRD") });
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: again });
    expect(troubles.details).toEqual(["a receipt could not be stored"]);
  });

  test("beyond a hundred under way is to come again", async () => {
    const { provider, smsc, sink } = await boundAccount();
    const stored = Promise.withResolvers<void>();
    sink.held = stored.promise;
    const receipts = Array.from({ length: 101 }, (_, index) => {
      return { do: "deliver", seq: 500 + index, text: receiptText("id_1", "DELIVRD") } as const;
    });
    await smsc.tell({ do: "plan", submits: [{ after: receipts }] });
    const sending = provider.send(message, handover);
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 600, status: again });
    stored.resolve();
    expect(await sending).toMatchObject({ kind: "accepted" });
    await smsc.until("deliver_sm_resp", 101);
    expect(sink.recorded).toHaveLength(100);
  });

  test("under way is recorded before the account closes", async () => {
    const { provider, smsc, sink } = await boundAccount();
    const stored = Promise.withResolvers<void>();
    sink.held = stored.promise;
    const receipt = { do: "deliver", seq: 500, text: receiptText("id_1", "DELIVRD") } as const;
    await smsc.tell({ do: "plan", submits: [{ after: [receipt, { do: "enquire" }] }] });
    const sending = provider.send(message, handover);
    await smsc.until("enquire_link_resp");
    const closing = provider.close();
    stored.resolve();
    await sending;
    await closing;
    expect(sink.recorded).toHaveLength(1);
  });
});
