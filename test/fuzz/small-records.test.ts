import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sealDelivery } from "../../src/ledger/delivery-token.ts";
import { openSessionId } from "../../src/ledger/session-id.ts";
import { reportSink } from "../../src/passcode/report-sink.ts";
import { sealRecord } from "../../src/store/record-mac.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { fixedKeys, fixedName, startMs } from "../ledger/ledgers.ts";
import { mutatedText } from "./bytes.ts";
import { fuzz } from "./fuzzing.ts";
import { RecordDesk } from "./record-desk.ts";
import { type SpoiltStore, spoiltStores } from "./spoilt-stores.ts";
import { mutatedTree, type Tree } from "./tree.ts";

/*
 * The records beside the ledgers: what a request id was used for, and which send a vendor's
 * message id stands for. Spoilt, they are refused: no send happens again, and no report is taken.
 */

const keys = fixedKeys();
const requestId = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
const destination = { case: "phoneNumber", value: "+4915112345645" } as const;

let spoiltStore: SpoiltStore;
let desk: RecordDesk;
beforeAll(async () => {
  const clock = { nowMs: () => startMs };
  spoiltStore = await spoiltStores.memory(clock);
  desk = await RecordDesk.over(spoiltStore.store, { keys, clock });
});
afterAll(() => spoiltStore.end());

/** A stored text with its fields or its bytes changed. */
function spoilt(stored: string): fc.Arbitrary<string> {
  const [mac, content] = [stored.slice(0, 22), JSON.parse(stored.slice(22)) as Tree];
  return fc
    .oneof(
      mutatedTree(fc.constant(content)).map((tree) => mac + JSON.stringify(tree)),
      mutatedText(fc.constant(stored)),
    )
    .filter((text) => text !== stored);
}

async function storedAt(key: string): Promise<string> {
  return (await spoiltStore.read(key)) ?? "";
}

test("a repeated send is not sent again, whatever the claim of its id has become", async () => {
  await desk.call("sendPasscode", { destination, requestId });
  const key = `request:${keys.requestDigest(["default", requestId])}`;
  const claim = await storedAt(key);
  await fuzz(300, spoilt(claim), async (text) => {
    await spoiltStore.write(key, text);
    const again = await desk.call("sendPasscode", { destination, requestId });
    expect(again.code).toBe("unavailable");
    expect(desk.provider.messages).toHaveLength(1);
  });
});

test("a vendor's message id stands for nothing once its record is not what was stored", async () => {
  const { told } = await desk.call("sendPasscode", { destination });
  const sessionId = String(told["sessionId"]);
  const { id = "", ledger = Buffer.alloc(16) } = openSessionId(sessionId, "default", keys) ?? {};
  const sent = { ledger, sessionId: id, delivery: 0, profileTag: keys.profileTag("default"), keyId: 1 };
  const reference = sealDelivery(sent, { provider: "sms", iv: Buffer.alloc(12), keys });
  const sink = reportSink(() => desk.passcodes, "sms");
  const key = `message:${keys.requestDigest(["message", "sms", "m-1"])}`;
  await sink.remember("m-1", reference);

  const other = { reference: fixedName("other"), untilMs: startMs + 1 };
  const swapped = sealRecord(JSON.stringify(other), "message:other", keys.records);
  const stored = await storedAt(key);
  await fuzz(200, fc.oneof(spoilt(stored), fc.constant(swapped)), async (text) => {
    await spoiltStore.write(key, text);
    await expect(sink.recall("m-1")).rejects.toBeInstanceOf(StoreUnavailableError);
    const { told } = await desk.call("getSession", { sessionId });
    expect(told["session"]).toMatchObject({ status: "STATUS_PENDING", attemptCount: 0 });
  });
});
