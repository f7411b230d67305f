import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sealDelivery } from "../../src/ledger/delivery-token.ts";
import { ledgerRecord } from "../../src/ledger/record.ts";
import { sealSessionId } from "../../src/ledger/session-id.ts";
import { takeReport } from "../../src/passcode/take-report.ts";
import { sealRecord } from "../../src/store/record-mac.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { DestinationLife, fixedKeys, fixedName, phoneNumber, startMs } from "../ledger/ledgers.ts";
import { mutatedText } from "./bytes.ts";
import { fuzz } from "./fuzzing.ts";
import { RecordDesk } from "./record-desk.ts";
import { type SpoiltStore, spoiltStores } from "./spoilt-stores.ts";
import { mutatedTree, type Tree } from "./tree.ts";

/*
 * Records that are not what was stored: cut short, changed in a bit or in their fields, of
 * another place or another hand. Each is known by its MAC, and refused: nothing is told,
 * counted, compared or sent by it, and it stays as it is.
 */

const keys = fixedKeys();
const destination = { case: "phoneNumber", value: phoneNumber } as const;
const ledger = keys.ledgerOf("default", { kind: "phone", canonical: phoneNumber });
const key = `ledger:${ledger.toString("base64url")}`;
const requestId = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
const request = keys.requestDigest(["default", requestId]);

interface Life {
  readonly text: string;
  /** The names of its sessions within it; of the first one, the right code. */
  readonly ids: readonly string[];
  readonly code: string;
}

function lifeOf(live: (life: DestinationLife) => string[]): Life {
  const life = new DestinationLife();
  const ids = live(life);
  if (life.record === undefined) throw new Error("a life leaves a record");
  return { text: ledgerRecord.encode(life.record), ids, code: life.codeOf(ids[0] ?? "") };
}

const lives: readonly Life[] = [
  lifeOf((life) => {
    const pending = life.open({ request: fixedName("send") });
    life.settle(pending, 0, "accepted");
    life.report(pending, 0, "delivered");
    life.wrong(pending, { request });
    life.resend(pending, { channel: "voice" });
    return [pending];
  }),
  lifeOf((life) => {
    const [exhausted, pending] = [life.open(), life.open()];
    life.wrongTimes(exhausted, 5);
    return [exhausted, pending];
  }),
  lifeOf((life) => {
    const [approved, canceled] = [life.open(), life.open()];
    life.right(approved, { request: fixedName("right") });
    life.wrong(canceled);
    life.cancel(canceled);
    return [approved, canceled];
  }),
];

/** As it lies in the store. */
const sealed = (content: string, at = key, by = keys.records) => sealRecord(content, at, by);

/** What was ours, or would be: in its place, at its time, by our hand. */
const ofOthers = (content: string) => [
  content,
  sealed(content, `${key.slice(0, -1)}_`),
  sealed(content, key.replace("ledger:", "request:")),
  sealed(content, key, fixedKeys({ index: "another" }).records),
  sealed(JSON.stringify({ content: fixedName("content"), untilMs: startMs + 60_000 }), "request:A"),
  "null",
  "[]",
  "",
];

const spoilt: fc.Arbitrary<{ life: Life; text: string }> = fc.constantFrom(...lives).chain((life) => {
  const stored = sealed(life.text);
  return fc
    .oneof(
      {
        weight: 4,
        arbitrary: mutatedTree(fc.constant(JSON.parse(life.text) as Tree)).map(
          (tree) => stored.slice(0, 22) + JSON.stringify(tree),
        ),
      },
      { weight: 4, arbitrary: mutatedText(fc.constant(stored)) },
      { weight: 2, arbitrary: fc.constantFrom(...ofOthers(life.text)) },
    )
    .filter((text) => text !== stored)
    .map((text) => ({ life, text }));
});

describe.each([
  ["memory", 500],
  ["SQLite", 40],
  ["Redis", 40],
] as const)("in %s, a spoilt ledger", (name, inputs) => {
  let spoiltStore: SpoiltStore;
  let desk: RecordDesk;
  beforeAll(async () => {
    const clock = { nowMs: () => startMs };
    spoiltStore = await spoiltStores[name](clock);
    desk = await RecordDesk.over(spoiltStore.store, { keys, clock });
  });
  afterAll(() => spoiltStore?.end());

  test("is refused whoever asks for what, and nothing is sent", () =>
    fuzz(inputs, spoilt, async ({ life, text }) => {
      await spoiltStore.write(key, text);
      // Redis gives back what bytes of UTF-8 can hold.
      const written = await spoiltStore.read(key);
      if (written === sealed(life.text)) return;
      const sentBefore = desk.provider.messages.length;
      const codes = new Set<string>();
      for (const id of life.ids) {
        const sessionId = sealSessionId({ id, ledger }, 1, "default", keys);
        const guess = { sessionId, code: life.code, purpose: "login" };
        codes.add((await desk.call("getSession", { sessionId })).code);
        codes.add((await desk.call("verifyPasscode", guess)).code);
        codes.add((await desk.call("verifyPasscode", { ...guess, requestId })).code);
        codes.add((await desk.call("sendPasscode", { destination, sessionId, purpose: "login" })).code);
        codes.add((await desk.call("cancelSession", { sessionId })).code);
        await expect(report(desk, id)).rejects.toBeInstanceOf(StoreUnavailableError);
      }
      codes.add((await desk.call("sendPasscode", { destination })).code);

      expect([...codes]).toEqual(["unavailable"]);
      expect(desk.provider.messages.length).toBe(sentBefore);
      expect(await spoiltStore.read(key)).toBe(written);
    }));

  test("is logged by its kind, without anything of it", async () => {
    const [life] = lives;
    await spoiltStore.write(key, sealed(life?.text ?? "", "ledger:other"));
    const before = desk.passcodes.logLines.length;
    await desk.call("sendPasscode", { destination });
    const refused = desk.passcodes.logLines
      .slice(before)
      .filter((line) => line.includes("record was refused"));
    expect(refused).toHaveLength(1);
    const lines = desk.passcodes.logLines.slice(before).join("\n");
    expect(lines).toContain("A ledger record was refused");
    expect(lines).not.toContain(ledger.toString("base64url"));
    expect(lines).not.toContain(life?.ids[0]);
  });
});

test("a session under a key that is not the one of its id is not found, and is no fault", async () => {
  const { ids, text, code } = lives[0] as Life;
  const clock = { nowMs: () => startMs };
  const { store, write, end } = await spoiltStores.memory(clock);
  const desk = await RecordDesk.over(store, { keys, clock });
  await write(key, sealed(text.replace('"keyId":1', '"keyId":5')));

  const sessionId = sealSessionId({ id: ids[0] ?? "", ledger }, 1, "default", keys);
  const { code: answered } = await desk.call("verifyPasscode", { sessionId, code, purpose: "login" });

  expect(answered).toBe("not_found");
  await end();
});

/** A vendor says that the message was delivered. */
async function report(desk: RecordDesk, sessionId: string): Promise<void> {
  const profileTag = keys.profileTag("default");
  const sent = { ledger, sessionId, delivery: 0, profileTag, keyId: 1 };
  const reference = sealDelivery(sent, { provider: "sms", iv: Buffer.alloc(12), keys });
  await takeReport(desk.passcodes, "sms", { reference, state: "delivered" });
}
