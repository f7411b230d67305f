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
      { ...undelivered, detail: "REJECTD e9" },
    ],
    [
      "in text of what a list of the carrier's stopped",
      { text: receiptText("id_1", "BLACKLISTED", "e9") },
      { state: "failed", failure: "blocked", detail: "BLOCKED e9" },
    ],
    ...["DELIVERED", "DELIVERD", "delivered", "Delivrd", "DLVRD"].map(
      (word): [string, Omit<Delivery, "seq">, object] => [
        `that calls it ${word}`,
        { text: receiptText("id_1", word) },
        delivered,
      ],
    ),
    ...(
      [
        ["UNDELIVERABLE", "UNDELIV"],
        ["UNDELIVERED", "UNDELIV"],
        ["FAILED", "UNDELIV"],
        ["UNKNOWN", "UNKNOWN"],
        ["REJECTED", "REJECTD"],
        ["SKIPPED", "SKIPPED"],
      ] as const
    ).map(([word, name]): [string, Omit<Delivery, "seq">, object] => [
      `that calls it ${word}`,
      { text: receiptText("id_1", word) },
      { ...undelivered, detail: `${name} 000` },
    ]),
    ...[0, 1, 6, 7, 9, 99].map((state): [string, Omit<Delivery, "seq">, object] => [
      `whose TLV ${state} hides the final word of its text`,
      { receiptedId: "id_1", state, text: receiptText("id_1", "DELIVRD") },
      delivered,
    ]),
    [
      "whose text has no final word, but its TLV",
      { receiptedId: "id_1", state: 5, text: receiptText("id_1", "ENROUTE") },
      { ...undelivered, detail: "UNDELIV 000" },
    ],
    [
      "whose text and TLV are final and differ: the TLV counts",
      { receiptedId: "id_1", state: 2, text: receiptText("id_1", "UNDELIV") },
      delivered,
    ],
    ["in TLVs of an unknown state", { receiptedId: "id_1", state: 7 }, { ...undelivered, detail: "UNKNOWN" }],
    ["in TLVs of what was skipped", { receiptedId: "id_1", state: 9 }, { ...undelivered, detail: "SKIPPED" }],
    [
      "of a number that GSM's networks do not know",
      { receiptedId: "id_1", state: 5, networkError: "030001" },
      { state: "failed", failure: "destinationRefused", detail: "UNDELIV network 3 error 1" },
    ],
    [
      "of a phone that is off",
      { receiptedId: "id_1", state: 5, networkError: "03001b" },
      { ...undelivered, detail: "UNDELIV network 3 error 27" },
    ],
    [
      "with an error of another kind of network",
      { receiptedId: "id_1", state: 5, networkError: "010001" },
      { ...undelivered, detail: "UNDELIV network 1 error 1" },
    ],
    ["in TLVs of what was delivered", { receiptedId: "id_1", state: 2 }, delivered],
    ["in TLVs of what expired", { receiptedId: "id_1", state: 3 }, { ...undelivered, detail: "EXPIRED" }],
    ["in TLVs of what was deleted", { receiptedId: "id_1", state: 4 }, { ...undelivered, detail: "DELETED" }],
    ["in TLVs of what failed", { receiptedId: "id_1", state: 5 }, { ...undelivered, detail: "UNDELIV" }],
    [
      "in TLVs of what was rejected",
      { receiptedId: "id_1", state: 8 },
      { ...undelivered, detail: "REJECTD" },
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
    ["of what is put off", { receiptedId: "id_1", state: 0 }],
    ["of a state that does not exist", { receiptedId: "id_1", state: 99 }],
    ["with a word that nobody knows", { text: receiptText("id_1", "QUUXED") }],
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

  test("with a word that nobody knows is told of once, by the word", async () => {
    const { smsc, troubles } = await sender();
    for (const seq of [500, 501]) {
      await smsc.tell({ do: "deliver", seq, text: receiptText("id_1", "QUUXED") });
    }
    await smsc.until("deliver_sm_resp", 2);
    expect(troubles.details).toEqual(["a receipt has a state of no known name: QUUXED"]);
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

  test("of a message that becomes known a moment later is reported at once", async () => {
    const { smsc, sink, troubles } = await sender();
    sink.onRecall = () => sink.references.set("other_1", "ref-of-another-instance");
    await smsc.tell({ do: "deliver", seq: 500, text: receiptText("other_1", "DELIVRD") });
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: ok });
    expect(sink.recorded).toHaveLength(1);
    expect(troubles.details).toEqual([]);
  });

  test("of a message that stays unknown is taken after some seconds, and told of once", async () => {
    const { smsc, sink, troubles, clock } = await sender();
    const answers = [];
    for (const [index, afterMs] of [0, 4_999, 1, 30_000].entries()) {
      clock.ms += afterMs;
      await smsc.tell({ do: "deliver", seq: 500 + index, text: receiptText(`other_${index}`, "DELIVRD") });
      answers.push((await smsc.until("deliver_sm_resp", index + 1))["status"]);
    }
    expect(answers).toEqual([again, again, ok, ok]);
    expect(troubles.details).toEqual(["a receipt is of no known message"]);
    await smsc.tell({ do: "deliver", seq: 510, text: receiptText("id_1", "DELIVRD") });
    expect(await smsc.until("deliver_sm_resp", 5)).toMatchObject({ seq: 510, status: ok });
    expect(sink.recorded).toHaveLength(1);
  });

  test("of an unknown message is asked for again when there was none for a minute", async () => {
    const { smsc, troubles, clock } = await sender();
    const answers = [];
    for (const [index, afterMs] of [0, 10_000, 60_000].entries()) {
      clock.ms += afterMs;
      await smsc.tell({ do: "deliver", seq: 500 + index, text: receiptText("other_1", "DELIVRD") });
      answers.push((await smsc.until("deliver_sm_resp", index + 1))["status"]);
    }
    expect(answers).toEqual([again, ok, again]);
    expect(troubles.details).toHaveLength(2);
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
