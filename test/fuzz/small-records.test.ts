import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sealDelivery } from "../../src/ledger/delivery-token.ts";
import { openSessionId } from "../../src/ledger/session-id.ts";
import { reportSink } from "../../src/passcode/report-sink.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { fixedKeys, fixedName, startMs } from "../ledger/ledgers.ts";
import { mutatedText } from "./bytes.ts";
import { fuzz } from "./fuzzing.ts";
import { RecordDesk } from "./record-desk.ts";
import { type SpoiltStore, spoiltStores } from "./spoilt-stores.ts";
import { mutatedTree, type Tree } from "./tree.ts";

/*
 * The records beside the ledgers: what a request id was used for, and which send a vendor's
 * message id stands for. Spoilt, they make no send happen again, and are no fault.
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

function spoilt(whole: Tree): fc.Arbitrary<string> {
  return fc.oneof(
    mutatedTree(fc.constant(whole)).map((tree) => JSON.stringify(tree)),
    mutatedText(fc.constant(JSON.stringify(whole))),
  );
}

async function wholeAt(key: string): Promise<Tree> {
  return JSON.parse((await spoiltStore.read(key)) ?? "") as Tree;
}

test("a repeated send is not sent again, whatever the claim of its id has become", async () => {
  const { told } = await desk.call("sendPasscode", { destination, requestId });
  const key = `request:${keys.requestDigest(["default", requestId])}`;
  const claim = await wholeAt(key);
  await fuzz(300, spoilt(claim), async (text) => {
    await spoiltStore.write(key, text);
    const again = await desk.call("sendPasscode", { destination, requestId });
    expect(["ok", "unavailable", "invalid_argument"]).toContain(again.code);
    if (again.code === "ok") expect(again.told["sessionId"]).toBe(told["sessionId"]);
    expect(desk.provider.messages).toHaveLength(1);
  });
});

test("a vendor's message id stands for its send or for none, whatever its record has become", async () => {
  const { told } = await desk.call("sendPasscode", { destination });
  const sessionId = String(told["sessionId"]);
  const { id = "", ledger = Buffer.alloc(16) } = openSessionId(sessionId, "default", keys) ?? {};
  const sent = { ledger, sessionId: id, delivery: 0, profileTag: keys.profileTag("default"), keyId: 1 };
  const reference = sealDelivery(sent, { provider: "sms", iv: Buffer.alloc(12), keys });
  const sink = reportSink(() => desk.passcodes, "sms");
  const key = `message:${keys.requestDigest(["message", "sms", "m-1"])}`;
  await sink.remember("m-1", reference);

  const other = { reference: fixedName("other"), untilMs: startMs + 1 };
  const whole = await wholeAt(key);
  await fuzz(200, fc.oneof(spoilt(whole), fc.constant(JSON.stringify(other))), async (text) => {
    await spoiltStore.write(key, text);
    try {
      const recalled = await sink.recall("m-1");
      if (recalled !== undefined) await sink.record({ reference: recalled, state: "failed" });
    } catch (error) {
      expect(error).toBeInstanceOf(StoreUnavailableError);
    }
    const { told } = await desk.call("getSession", { sessionId });
    expect(told["session"]).toMatchObject({ status: "STATUS_PENDING", attemptCount: 0 });
  });
});
