import { describe, expect, test } from "vitest";
import type { SmppSettings } from "../../../src/delivery/smpp/smpp-provider.ts";
import { type Smsc, startSmsc } from "../../support/smsc.ts";
import { accountAt, handover, smsTo } from "./account.ts";

type Rules = Extract<Parameters<Smsc["tell"]>[0], { do: "insist" }>["rules"];

const message = smsTo("+41791234567");

/** An SMSC that insists on its ways, and an account that has these settings. */
async function accountWith(rules: Rules, settings: Partial<SmppSettings>) {
  const smsc = await startSmsc();
  await smsc.tell({ do: "insist", rules });
  return { ...accountAt({ port: smsc.port, ...settings }, [smsc]), smsc };
}

/** The parts that the SMSC took, so many at least, in order. */
async function taken(smsc: Smsc, count = 1) {
  await smsc.until("submit_sm", count);
  return smsc.events.filter(({ event }) => event === "submit_sm");
}

const web = "Ihr Code für Zürich ist $471_902. [Größe]\n\n@acme.example #471902";

describe("an SMSC whose default alphabet is", () => {
  test.each<[string, Rules, Partial<SmppSettings>, number]>([
    ["Latin-1", { alphabets: { 0: "iso-8859-1" } }, { alphabet: "Latin-1" }, 0],
    ["Latin-1 by name", { dataCodings: [3, 8] }, { alphabet: "Latin-1", dataCoding: 3 }, 3],
    [
      "not GSM-7, which it calls 4",
      { alphabets: { 4: "gsm0338" }, dataCodings: [4, 8] },
      { dataCoding: 4 },
      4,
    ],
    [
      "not GSM-7, which it calls 0xF0",
      { alphabets: { 240: "gsm0338" }, dataCodings: [240] },
      { dataCoding: 0xf0 },
      240,
    ],
    ["unknown to us", { dataCodings: [8] }, { alphabet: "UCS-2" }, 8],
  ])("%s reads the text as it was written", async (_, rules, settings, data_coding) => {
    const { provider, smsc } = await accountWith(rules, settings);
    expect(await provider.send(smsTo("+41791234567", web), handover)).toMatchObject({ kind: "accepted" });
    expect(await taken(smsc)).toMatchObject([{ text: web, data_coding }]);
  });

  test.each<[string, SmppSettings["alphabet"], string, number]>([
    ["in ASCII what ASCII has", "ASCII", "Code [471902] @ $5_", 0],
    ["in UCS-2 what ASCII lacks", "ASCII", "Code für 471902", 8],
    ["in UCS-2 what GSM-7 lacks, though ASCII has it", "ASCII", "Code `471902`", 8],
    ["in UCS-2 what Latin-1 lacks", "Latin-1", "5 € für 471902", 8],
    ["in UCS-2 what GSM-7 lacks", "GSM-7", "çode 471902", 8],
  ])("its own is sent %s", async (_, alphabet, text, data_coding) => {
    const own = { "GSM-7": "gsm0338", ASCII: "ascii", "Latin-1": "iso-8859-1", "UCS-2": "UTF-16BE" };
    const { provider, smsc } = await accountWith({ alphabets: { 0: own[alphabet] } }, { alphabet });
    await provider.send(smsTo("+41791234567", text), handover);
    expect(await taken(smsc)).toMatchObject([{ text, data_coding }]);
  });

  test.each<[SmppSettings["alphabet"], number, number]>([
    ["GSM-7", 160, 153],
    ["ASCII", 160, 153],
    ["Latin-1", 140, 134],
    ["UCS-2", 70, 67],
  ])("%s has %i characters in an SMS, and %i in each of several", async (alphabet, single, concatenated) => {
    const { provider, smsc } = await accountWith({ alphabets: { 0: "ascii" } }, { alphabet });
    await provider.send(smsTo("+41791234567", "x".repeat(single)), handover);
    await provider.send(smsTo("+41791234567", "y".repeat(single + 1)), handover);
    expect((await taken(smsc, 3)).map(({ text }) => String(text).length)).toEqual([
      single,
      concatenated,
      single + 1 - concatenated,
    ]);
  });
});

describe("an SMSC that wants the validity", () => {
  test.each<[SmppSettings["validity"], string]>([
    ["absent", ""],
    ["relative", "000000001000000R"],
    ["absolute", "261201121000000+"],
  ])("%s is told %j", async (validity, validity_period) => {
    const { provider, smsc } = await accountWith({ validity }, { validity });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
    expect(await taken(smsc)).toMatchObject([{ validity_period }]);
  });

  test("absent refuses the account that tells it", async () => {
    const { provider } = await accountWith({ validity: "absent" }, {});
    const refused = { kind: "accountRefused", detail: "ESME_RINVEXPIRY" };
    expect(await provider.send(message, handover)).toEqual(refused);
  });
});

test("an SMSC has the addresses' types and plans, and the service, that it wants", async () => {
  const fields: Rules["fields"] = {
    source_addr_ton: [0, 0x48],
    source_addr_npi: [1, 0x49],
    dest_addr_ton: [2, 0x50],
    dest_addr_npi: [8, 0x51],
    service_type: ["OTP", 0x15],
  };
  const settings = { sourceTon: 0, sourceNpi: 1, destinationTon: 2, destinationNpi: 8, serviceType: "OTP" };
  const { provider, smsc } = await accountWith({ fields }, settings);
  expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
  expect(await taken(smsc)).toHaveLength(1);
});

describe("a long text", () => {
  const long = `${"x".repeat(152)}€${"ü".repeat(160)}`;

  test("goes to an SMSC that knows no headers as parts that TLVs number", async () => {
    const rules = { withoutUdh: true, withoutPayload: true };
    const { provider, smsc } = await accountWith(rules, { concatenation: "sar" });
    const outcome = await provider.send(smsTo("+41791234567", long), handover);
    expect(outcome).toEqual({ kind: "accepted", providerMessageId: "id_3" });
    const parts = await taken(smsc, 3);
    expect(parts.map(({ text }) => text).join("")).toBe(long);
    const reference = parts[0]?.["sar_msg_ref_num"];
    expect(reference).toMatch(/^00[0-9a-f]{2}$/);
    for (const [index, part] of parts.entries()) {
      expect(part).toMatchObject({
        esm_class: 0,
        sar_msg_ref_num: reference,
        sar_total_segments: "03",
        sar_segment_seqnum: `0${index + 1}`,
        registered_delivery: index === 2 ? 1 : 0,
      });
    }
  });

  test("goes to an SMSC that cuts texts itself as one", async () => {
    const rules = { withoutUdh: true, withoutSar: true };
    const { provider, smsc } = await accountWith(rules, { concatenation: "payload" });
    const outcome = await provider.send(smsTo("+41791234567", long), handover);
    expect(outcome).toEqual({ kind: "accepted", providerMessageId: "id_1" });
    expect(await taken(smsc)).toMatchObject([{ text: long, esm_class: 0, registered_delivery: 1 }]);
    expect((await taken(smsc))[0]).toHaveProperty("message_payload");
  });

  test.each(["sar", "payload"] as const)("is alone in what is told by %s", async (concatenation) => {
    const rules = { withoutSar: true, withoutPayload: true };
    const { provider } = await accountWith(rules, { concatenation });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
  });

  test("in parts with headers is refused by an SMSC that knows none", async () => {
    const { provider } = await accountWith({ withoutUdh: true }, {});
    expect(await provider.send(smsTo("+41791234567", long), handover)).toEqual({
      kind: "accountRefused",
      detail: "ESME_RINVESMCLASS",
    });
  });
});

test("every part has the TLVs of the settings", async () => {
  const tlvs = new Map([
    [0x1402, Buffer.from("1101")],
    [0x1403, Buffer.from([0, 1])],
  ]);
  const { provider, smsc } = await accountWith({ tlvs: [0x1402, 0x1403] }, { tlvs });
  await provider.send(smsTo("+41791234567", "x".repeat(200)), handover);
  const expected = { tlv_1402: "31313031", tlv_1403: "0001" };
  expect(await taken(smsc, 2)).toMatchObject([expected, expected]);
});

describe("a message to India", () => {
  const tlvs = [0x1400, 0x1401];
  const entityId = "1101123456789012345";
  const toIndia = { ...smsTo("+919812345678"), country: "IN" };

  test("names the sender and the words as they are registered", async () => {
    const { provider, smsc } = await accountWith({ tlvs }, { dlt: { entityId, templateIds: "1107" } });
    expect(await provider.send(toIndia, handover)).toMatchObject({ kind: "accepted" });
    const [tlv_1400, tlv_1401] = [entityId, "1107"].map((id) => Buffer.from(id).toString("hex"));
    expect(await taken(smsc)).toMatchObject([{ tlv_1400, tlv_1401 }]);
  });

  test("names the words of its language, and is not sent in another", async () => {
    const templateIds = new Map([["hi", "1108"]]);
    const { provider, smsc } = await accountWith({ tlvs }, { dlt: { entityId, templateIds } });
    expect(await provider.send({ ...toIndia, locale: "ta" }, handover)).toEqual({
      kind: "accountRefused",
      detail: "no DLT template for the language",
    });
    expect(await provider.send({ ...toIndia, locale: "hi" }, handover)).toMatchObject({ kind: "accepted" });
    expect(await taken(smsc)).toMatchObject([{ tlv_1401: Buffer.from("1108").toString("hex") }]);
  });

  test("alone does so", async () => {
    const { provider, smsc } = await accountWith({}, { dlt: { entityId, templateIds: new Map() } });
    expect(await provider.send({ ...message, country: "CH" }, handover)).toMatchObject({ kind: "accepted" });
    expect((await taken(smsc))[0]).not.toHaveProperty("tlv_1400");
  });

  test("without registration is refused by the SMSC as the account's fault", async () => {
    const { provider } = await accountWith({ tlvs }, {});
    expect(await provider.send(toIndia, handover)).toEqual({
      kind: "accountRefused",
      detail: "ESME_RMISSINGTLV",
    });
  });
});

describe("an SMSC that binds", () => {
  test("transmitters alone is sent messages, and asked for no receipts", async () => {
    const { provider, smsc } = await accountWith({ binds: ["transmitter"] }, { bind: "transmitter" });
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
    expect(await taken(smsc)).toMatchObject([{ registered_delivery: 0 }]);
    expect(smsc.events.map(({ event }) => event)).not.toContain("bind_receiver");
  });

  test("transmitters and receivers delivers the receipts over the other connection", async () => {
    const { provider, smsc, sink } = await accountWith(
      { binds: ["transmitter", "receiver"] },
      { bind: "transmitter-and-receiver" },
    );
    await smsc.until("bind_receiver");
    await smsc.until("bind_transmitter");
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
    expect(await taken(smsc)).toMatchObject([{ registered_delivery: 1 }]);
    await smsc.tell({ do: "deliver", seq: 500, text: "id:id_1 stat:DELIVRD err:000" });
    expect(await smsc.until("deliver_sm_resp")).toMatchObject({ seq: 500, status: 0 });
    expect(sink.recorded).toEqual([{ reference: "ref-1", state: "delivered" }]);
    await provider.close();
    await smsc.until("unbind", 2);
  });

  test("no transceivers refuses the account that is one, and says why", async () => {
    const { provider, troubles } = await accountWith({ binds: ["transmitter", "receiver"] }, {});
    const refused = { kind: "accountRefused", detail: "ESME_RINVBNDSTS" };
    expect(await provider.send(message, handover)).toEqual(refused);
    await troubles.until("ESME_RINVBNDSTS");
  });

  test("no receivers takes messages all the same, and the receiver's trouble is told", async () => {
    const { provider, troubles } = await accountWith(
      { binds: ["transmitter"] },
      { bind: "transmitter-and-receiver" },
    );
    await troubles.until("receiver: ESME_RINVBNDSTS");
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
  });
});
