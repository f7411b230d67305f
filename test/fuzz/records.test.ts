import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sealDelivery } from "../../src/ledger/delivery-token.ts";
import { ledgerRecord } from "../../src/ledger/record.ts";
import { sealSessionId } from "../../src/ledger/session-id.ts";
import { takeReport } from "../../src/passcode/take-report.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { DestinationLife, fixedKeys, fixedName, phoneNumber, startMs, unlike } from "../ledger/ledgers.ts";
import { mutatedText } from "./bytes.ts";
import { corpus } from "./corpus.ts";
import { fuzz } from "./fuzzing.ts";
import { RecordDesk } from "./record-desk.ts";
import { type SpoiltStore, spoiltStores } from "./spoilt-stores.ts";
import { mutatedTree, type Tree } from "./tree.ts";

/*
 * Records that are not what was stored: cut short, changed in a bit or in their fields, or
 * of another kind. Nobody can tell every one of them from a true one. But none makes a wrong
 * code right, has messages sent that are not counted, or is a fault of the service.
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

const ofOtherKinds = [
  JSON.stringify({ content: fixedName("content"), untilMs: startMs + 60_000 }),
  JSON.stringify({ reference: "A".repeat(90), untilMs: startMs + 60_000 }),
  "null",
  "[]",
  "",
];

const spoilt: fc.Arbitrary<{ life: Life; text: string }> = fc.constantFrom(...lives).chain((life) =>
  fc
    .oneof(
      {
        weight: 6,
        arbitrary: mutatedTree(fc.constant(JSON.parse(life.text) as Tree)).map((tree) =>
          JSON.stringify(tree),
        ),
      },
      { weight: 3, arbitrary: mutatedText(fc.constant(life.text)) },
      { weight: 1, arbitrary: fc.constantFrom(...ofOtherKinds) },
    )
    .map((text) => ({ life, text })),
);

/** Of the first of the lives. */
const once = corpus("ledgers").map((text) => ({ life: lives[0] as Life, text }));

/** Without a fault, and as the rules have it. */
const known = [
  "ok",
  "unavailable",
  "not_found",
  "failed_precondition",
  "resource_exhausted",
  "aborted",
  "invalid_argument",
];

/** No policy allows more comparisons in a session. */
const triesMax = 10;
const sendsPerMinute = 5;

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

  test("approves no wrong code, sends nothing uncounted and is no fault", () =>
    fuzz(
      inputs,
      spoilt,
      async ({ life, text }) => {
        await spoiltStore.write(key, text);
        const sentBefore = desk.provider.messages.length;
        const codes: string[] = [];
        const call: RecordDesk["call"] = async (method, request) => {
          const answer = await desk.call(method, request);
          codes.push(answer.code);
          return answer;
        };

        const wrong = unlike(life.code);
        for (const id of life.ids) {
          const sessionId = sealSessionId({ id, ledger }, 1, "default", keys);
          await call("getSession", { sessionId });
          let compared = 0;
          for (let guess = 0; guess < triesMax + 2; guess += 1) {
            const verify = { sessionId, code: wrong, purpose: "login", ...(guess === 0 && { requestId }) };
            const { told } = await call("verifyPasscode", verify);
            expect(told["status"]).not.toBe("STATUS_APPROVED");
            if (told["reason"] === "STATUS_REASON_WRONG_CODE") compared += 1;
          }
          expect(compared).toBeLessThanOrEqual(triesMax);
          await call("sendPasscode", { destination, sessionId, purpose: "login" });
          await report(desk, id);
          await call("verifyPasscode", { sessionId, code: life.code, purpose: "login" });
          await call("cancelSession", { sessionId });
        }
        for (let send = 0; send < sendsPerMinute + 2; send += 1) await call("sendPasscode", { destination });

        expect(known).toEqual(expect.arrayContaining(codes));
        // What is there and cannot be read is not as if there were nothing.
        if (!isObject(text)) expect(new Set(codes)).toEqual(new Set(["unavailable"]));
        expect(desk.provider.messages.length - sentBefore).toBeLessThanOrEqual(sendsPerMinute);
      },
      once,
    ));
});

test("a session under a key that is not the one of its id is not found, and is no fault", async () => {
  const { ids, text, code } = lives[0] as Life;
  const clock = { nowMs: () => startMs };
  const { store, write, end } = await spoiltStores.memory(clock);
  const desk = await RecordDesk.over(store, { keys, clock });
  await write(key, text.replace('"keyId":1', '"keyId":5'));

  const sessionId = sealSessionId({ id: ids[0] ?? "", ledger }, 1, "default", keys);
  const { code: answered } = await desk.call("verifyPasscode", { sessionId, code, purpose: "login" });

  expect(answered).toBe("not_found");
  await end();
});

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** A vendor says that the message was delivered. The store may not be able to know of it. */
async function report(desk: RecordDesk, sessionId: string): Promise<void> {
  const profileTag = keys.profileTag("default");
  const sent = { ledger, sessionId, delivery: 0, profileTag, keyId: 1 };
  const reference = sealDelivery(sent, { provider: "sms", iv: Buffer.alloc(12), keys });
  await takeReport(desk.passcodes, "sms", { reference, state: "delivered" }).catch((error: unknown) => {
    if (!(error instanceof StoreUnavailableError)) throw error;
  });
}
