import { describe, expect, test } from "vitest";
import { startSmsc } from "../../support/smsc.ts";
import { accountAt, boundAccount, handover, smsTo } from "./account.ts";

describe("an account at an SMSC", () => {
  test("binds at once as a transceiver, with SMPP 3.4 and its system type", async () => {
    const { smsc } = await boundAccount({ systemType: "OTP" });
    expect(await smsc.until("bind_transceiver")).toMatchObject({
      system_id: "passcode",
      system_type: "OTP",
      interface_version: 0x34,
    });
  });

  test("submits a message to an international number, with a receipt to come, and knows its id", async () => {
    const { provider, smsc, sink } = await boundAccount();
    const outcome = await provider.send(smsTo("+41791234567"), handover);
    expect(outcome).toEqual({ kind: "accepted", providerMessageId: "id_1" });
    expect(await smsc.until("submit_sm")).toMatchObject({
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: "41791234567",
      esm_class: 0,
      registered_delivery: 1,
      data_coding: 0,
      text: "Your code is 471902.",
    });
    expect(sink.references.get("id_1")).toBe("ref-1");
  });

  test.each([
    ["a number", "+41440000000", { source_addr_ton: 1, source_addr_npi: 1, source_addr: "41440000000" }],
    ["a short code", "40404", { source_addr_ton: 3, source_addr_npi: 0, source_addr: "40404" }],
    ["a name", "Acme Co", { source_addr_ton: 5, source_addr_npi: 0, source_addr: "Acme Co" }],
  ])("sends from %s", async (_, from, source) => {
    const { provider, smsc } = await boundAccount({ from });
    await provider.send(smsTo("+41791234567"), handover);
    expect(await smsc.until("submit_sm")).toMatchObject(source);
  });

  test("sends from the sender of the country", async () => {
    const { provider, smsc } = await boundAccount({ fromByCountry: new Map([["US", "40404"]]) });
    await provider.send({ ...smsTo("+12025550123"), country: "US" }, handover);
    expect(await smsc.until("submit_sm")).toMatchObject({ source_addr: "40404" });
  });

  test.each([
    [600_000, "000000001000000R"],
    [59_999, "000000000059000R"],
    [1, "000000000001000R"],
    [86_400_000 + 3_723_000, "000001010203000R"],
  ])("lets a message that is valid for %i ms expire with it", async (validForMs, validity_period) => {
    const { provider, smsc } = await boundAccount();
    await provider.send({ ...smsTo("+41791234567"), validForMs }, handover);
    expect(await smsc.until("submit_sm")).toMatchObject({ validity_period });
  });

  test.each([
    ["the whole of GSM-7", "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./0:;<=>?¡AZÄÖÑÜ§¿azäöñüà", 0],
    ["its extension", "^{}\\[~]|€", 0],
    ["line ends", "Acme\r\ncode\n1", 0],
    ["other scripts", "Ваш код 471902, 認証コード", 8],
    ["characters beyond 16 bits", "🔐 471902", 8],
  ])("writes %s so that the SMSC reads the same", async (_, text, data_coding) => {
    const { provider, smsc } = await boundAccount();
    await provider.send(smsTo("+41791234567", text), handover);
    expect(await smsc.until("submit_sm")).toMatchObject({ text, data_coding });
  });

  test.each([
    ["GSM-7", `${"x".repeat(152)}€${"y".repeat(160)}`, 0, 3, 159],
    ["UCS-2", `${"ж".repeat(66)}🔐${"ж".repeat(70)}`, 8, 3, 140],
  ])("submits a long text in %s as parts that a phone joins", async (_, text, data_coding, count, octets) => {
    const { provider, smsc } = await boundAccount();
    const outcome = await provider.send(smsTo("+41791234567", text), handover);
    expect(outcome).toEqual({ kind: "accepted", providerMessageId: `id_${count}` });
    await smsc.until("submit_sm", count);
    const parts = smsc.events.filter(({ event }) => event === "submit_sm");
    expect(parts).toHaveLength(count);
    expect(parts.map((part) => part["text"]).join("")).toBe(text);
    const reference = String(parts[0]?.["header"]).slice(4, 6);
    for (const [index, part] of parts.entries()) {
      expect(part).toMatchObject({
        esm_class: 0x40,
        data_coding,
        header: `0003${reference}0${count}0${index + 1}`,
        registered_delivery: index === count - 1 ? 1 : 0,
      });
      expect(part["octets"]).toBeLessThanOrEqual(octets);
    }
  });

  test("remembers the id of the last part alone, which is the one that a receipt comes for", async () => {
    const { provider, sink } = await boundAccount();
    await provider.send(smsTo("+41791234567", "x".repeat(200)), handover);
    expect([...sink.references]).toEqual([["id_2", "ref-1"]]);
  });

  test("sends what was asked of it before it was bound", async () => {
    const smsc = await startSmsc();
    const { provider } = accountAt({ port: smsc.port }, [smsc]);
    expect(await provider.send(smsTo("+41791234567"), handover)).toMatchObject({ kind: "accepted" });
  });

  test("refuses what is not an SMS, and a destination that is not a number", async () => {
    const { provider, smsc } = await boundAccount();
    const email = {
      channel: "email",
      to: "a@b.test",
      senderName: "",
      subject: "",
      text: "",
      html: "",
    } as const;
    expect(await provider.send(email, handover)).toEqual({
      kind: "destinationRefused",
      detail: "not an SMS",
    });
    expect(await provider.send(smsTo("41791234567;"), handover)).toEqual({
      kind: "destinationRefused",
      detail: "not E.164",
    });
    await provider.close();
    expect(smsc.events.filter(({ event }) => event === "submit_sm")).toEqual([]);
  });

  test("refuses a text that no number of parts can hold", async () => {
    const { provider } = await boundAccount();
    const outcome = await provider.send(smsTo("+41791234567", "x".repeat(256 * 153)), handover);
    expect(outcome).toEqual({ kind: "accountRefused", detail: "too long" });
  });
});
