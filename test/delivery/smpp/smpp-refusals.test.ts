import smpp from "smpp";
import { describe, expect, test } from "vitest";
import { startSmsc } from "../../support/smsc.ts";
import { accountAt, boundAccount, handover, smsTo } from "./account.ts";

const message = smsTo("+41791234567");
const long = smsTo("+41791234567", "x".repeat(400));

/** Every status that SMPP has but "ok" and "not bound", by what it says of a submit_sm. */
const statuses = {
  destinationRefused: ["ESME_RINVDSTADR", "ESME_RINVDSTTON", "ESME_RINVDSTNPI"],
  ofDestination: ["ESME_RMSGQFUL", "ESME_RDELIVERYFAILURE"],
  blocked: ["ESME_RX_R_APPN"],
  overloaded: [
    "ESME_RSYSERR",
    "ESME_RTHROTTLED",
    "ESME_RX_T_APPN",
    "ESME_RUNKNOWNERR",
    "ESME_RSERTYPUNAVAIL",
  ],
};

function outcomeOf(name: string) {
  const kind = Object.entries(statuses).find(([, names]) => names.includes(name))?.[0] ?? "accountRefused";
  return kind === "ofDestination"
    ? { kind: "overloaded", ofDestination: true, detail: name }
    : { kind, detail: name };
}

describe("an SMSC that answers a submission with", () => {
  test("any status of SMPP 3.4 and 5.0: who is at fault", async () => {
    const { provider, smsc } = await boundAccount();
    const named = Object.entries(smpp.errors).filter(([, value]) => value !== 0 && value !== 4);
    expect(named.length).toBeGreaterThan(60);
    await smsc.tell({ do: "plan", submits: named.map(([, status]) => ({ status })) });
    for (const [name] of named) expect(await provider.send(message, handover)).toEqual(outcomeOf(name));
  });

  test("a status of its own: the account", async () => {
    const { provider, smsc } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{ status: 0x404 }] });
    expect(await provider.send(message, handover)).toEqual({ kind: "accountRefused", detail: "0x00000404" });
  });

  test("that it knows of no bind is bound to anew, and has not sent the message", async () => {
    const { provider, smsc, troubles } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{ status: 0x04 }] });
    expect(await provider.send(message, handover)).toEqual({
      kind: "unreachable",
      detail: "not bound any more",
    });
    await smsc.until("bind_transceiver", 2);
    expect(troubles.details).toEqual(["not bound any more"]);
    expect(await provider.send(message, handover)).toMatchObject({ kind: "accepted" });
  });

  test("that it knows of no bind, after a part was taken, may have delivered something", async () => {
    const { provider, smsc } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{}, { status: 0x04 }] });
    expect(await provider.send(long, handover)).toEqual({
      kind: "noAnswer",
      detail: "part 2: not bound any more",
    });
  });

  test("a generic_nack has refused it", async () => {
    const { provider, smsc } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{ nack: 0x58 }] });
    expect(await provider.send(message, handover)).toEqual({ kind: "overloaded", detail: "ESME_RTHROTTLED" });
  });

  test.each([
    ["no id", ""],
    ["an id that is too long", "9".repeat(65)],
    ["an id of two words", "a b"],
  ])("%s has accepted it, but its receipt is not waited for", async (_, id) => {
    const { provider, smsc, sink } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{ id }] });
    expect(await provider.send(message, handover)).toEqual({ kind: "accepted" });
    expect(sink.references.size).toBe(0);
  });

  test("a refusal of the first part has refused the message, and is not sent the others", async () => {
    const { provider, smsc } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{ status: 0x58 }] });
    expect(await provider.send(long, handover)).toEqual({ kind: "overloaded", detail: "ESME_RTHROTTLED" });
    await provider.close();
    expect(smsc.events.filter(({ event }) => event === "submit_sm")).toHaveLength(1);
  });

  test("a refusal of a later part may have delivered something", async () => {
    const { provider, smsc } = await boundAccount();
    await smsc.tell({ do: "plan", submits: [{}, { status: 0x58 }] });
    expect(await provider.send(long, handover)).toEqual({
      kind: "noAnswer",
      detail: "part 2: ESME_RTHROTTLED",
    });
  });
});

test("a message is accepted even if its id cannot be stored", async () => {
  const { provider, sink, troubles } = await boundAccount();
  sink.failing = "remember";
  expect(await provider.send(message, handover)).toEqual({ kind: "accepted", providerMessageId: "id_1" });
  expect(troubles.details).toEqual(["a message id could not be stored: its receipt will be lost"]);
});

test("a message is accepted even if the store never answers", async () => {
  const { provider, sink } = await boundAccount({ timeoutMs: 100 });
  sink.held = new Promise(() => {});
  expect(await provider.send(message, handover)).toEqual({ kind: "accepted", providerMessageId: "id_1" });
});

test("a wrong password refuses the account, and is not told to anybody", async () => {
  const smsc = await startSmsc();
  const { provider, troubles } = accountAt({ port: smsc.port, password: "S3cretS3cret" }, [smsc]);
  const refused = { kind: "accountRefused", detail: "ESME_RINVPASWD" };
  expect(await provider.send(message, handover)).toEqual(refused);
  expect(await provider.send(message, handover)).toEqual(refused);
  await troubles.until("ESME_RINVPASWD");
});

test("as many messages wait for an answer as are given to it", async () => {
  const { provider, smsc } = await boundAccount();
  await smsc.tell({ do: "plan", submits: Array.from({ length: 20 }, () => ({ hold: true })) });
  const sends = Array.from({ length: 20 }, () => provider.send(message, handover));
  await smsc.until("submit_sm", 20);
  await smsc.tell({ do: "release" });
  expect(new Set((await Promise.all(sends)).map(({ kind }) => kind))).toEqual(new Set(["accepted"]));
});

test("answers out of order go to the messages they are of", async () => {
  const { provider, smsc, sink } = await boundAccount();
  await smsc.tell({ do: "plan", submits: [{ hold: true }, { hold: true }] });
  const first = provider.send(message, { ...handover, reference: "first" });
  await smsc.until("submit_sm", 1);
  const second = provider.send(message, { ...handover, reference: "second" });
  await smsc.until("submit_sm", 2);
  await smsc.tell({ do: "release", newestFirst: true });
  expect(await Promise.all([first, second])).toEqual([
    { kind: "accepted", providerMessageId: "id_1" },
    { kind: "accepted", providerMessageId: "id_2" },
  ]);
  expect(Object.fromEntries(sink.references)).toEqual({ id_1: "first", id_2: "second" });
});
