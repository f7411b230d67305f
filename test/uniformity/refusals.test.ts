import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { sealSessionId } from "../../src/ledger/session-id.ts";
import { cancelSession } from "../../src/passcode/cancel-session.ts";
import type { Passcodes } from "../../src/passcode/passcodes.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { verifyPasscode } from "../../src/passcode/verify-passcode.ts";
import { SingleProcessKeyvDriver } from "../../src/store/keyv-driver.ts";
import { MemoryStorage } from "../../src/store/memory-storage.ts";
import { QueuedStore } from "../../src/store/queued-store.ts";
import { keyvOver } from "../../src/store/storage.ts";
import { CountingDriver } from "../contract/store-counter.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { anybody, passcodesWith, sendRequestWith } from "../support/passcodes.ts";
import { wrongCode } from "../support/service.ts";

const dayMs = 24 * 60 * 60_000;

/** Sessions in a store that counts its commands, at a clock that only the test moves, in the profiles `default` and `other`. */
async function countedPasscodes() {
  const clock = { ms: Date.UTC(2026, 10, 23, 12), nowMs: () => clock.ms };
  const provider = new ScriptedProvider(() => accepted);
  const made = await passcodesWith({ sms: provider, voice: provider }, { clock });
  const storage = new MemoryStorage({ bytesMax: 64 * 1024 * 1024, clock });
  const driver = new CountingDriver(new SingleProcessKeyvDriver(keyvOver(storage), clock));
  const [profile] = made.profiles.values();
  const profiles = new Map(
    ["default", "other"].flatMap((name) => (profile ? [[name, { ...profile, name }]] : [])),
  );
  const passcodes: Passcodes = {
    ...made,
    profiles,
    store: new QueuedStore(driver, { macKey: made.keys.records }),
  };

  const open = async (name = "default") => {
    const answer = await sendPasscode(passcodes, sendRequestWith({ profile: name }), anybody);
    if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
    const message = provider.messages.at(-1);
    const code = /\d{6}/.exec(message?.channel === "sms" ? message.text : "")?.[0] ?? "";
    return { sessionId: answer.sessionId, code };
  };
  /** How many commands a verification gives the store, and how it is answered. */
  const cost = async (sessionId: string, code: string, requestId = "") => {
    const before = { reads: driver.reads, replacements: driver.replacements };
    const request = { profile: "default", purpose: "login", transaction: {}, sessionId, code, requestId };
    const { kind } = await verifyPasscode(passcodes, request);
    return {
      kind,
      reads: driver.reads - before.reads,
      replacements: driver.replacements - before.replacements,
    };
  };
  const reference = { id: randomBytes(16).toString("base64url"), ledger: randomBytes(16) };
  const missing = sealSessionId(reference, made.keys.currentId, "default", made.keys);
  return { passcodes, clock, open, cost, missing };
}

const requestId = "8c4f8a3e-6f0f-4a6f-9a53-3c1d6b9f2f11";
const counted = { reads: 1, replacements: 1 };
const notCounted = { reads: 1, replacements: 0 };

it("A wrong code costs the store one reading and one replacement, whichever of its digits is wrong", async () => {
  const { open, cost } = await countedPasscodes();

  for (const place of [0, 1, 2, 3, 4, 5]) {
    const { sessionId, code } = await open();
    const wrong = wrongCode(code, 10 ** place);
    expect(await cost(sessionId, wrong)).toEqual({ kind: "compared", ...counted });
  }
});

it("The right code costs the store as much as a wrong one", async () => {
  const { open, cost } = await countedPasscodes();
  const { sessionId, code } = await open();

  expect(await cost(sessionId, code)).toEqual({ kind: "compared", ...counted });
});

it("A session that has ended costs the store as much as a live one, whatever ended it and whatever the code", async () => {
  const { passcodes, clock, open, cost } = await countedPasscodes();
  const approved = await open();
  await cost(approved.sessionId, approved.code);
  const canceled = await open();
  await cancelSession(passcodes, { profile: "default", sessionId: canceled.sessionId });
  const expired = await open();
  clock.ms += 10 * 60_000;

  for (const { sessionId, code } of [approved, canceled, expired]) {
    for (const tried of [code, wrongCode(code)]) {
      expect(await cost(sessionId, tried)).toMatchObject(counted);
    }
  }
});

it("A session that never was, of another profile, or forgotten, costs the store one reading", async () => {
  const { clock, open, cost, missing } = await countedPasscodes();
  const foreign = await open("other");
  const forgotten = await open();
  clock.ms += 10 * 60_000 + dayMs;

  for (const sessionId of [missing, foreign.sessionId, forgotten.sessionId]) {
    for (const code of [foreign.code, wrongCode(foreign.code), "not a code"]) {
      expect(await cost(sessionId, code)).toEqual({ kind: "sessionNotFound", ...notCounted });
    }
  }
});

it("A foreign session costs the store no more while it is live", async () => {
  const { open, cost } = await countedPasscodes();
  const foreign = await open("other");

  expect(await cost(foreign.sessionId, foreign.code)).toEqual({ kind: "sessionNotFound", ...notCounted });
});

it("A request id makes no session that is not there cost more, and none that has ended, whatever ended it", async () => {
  const { passcodes, clock, open, cost, missing } = await countedPasscodes();
  const foreign = await open("other");
  const expired = await open();
  clock.ms += 10 * 60_000;
  const approved = await open();
  await cost(approved.sessionId, approved.code);
  const canceled = await open();
  await cancelSession(passcodes, { profile: "default", sessionId: canceled.sessionId });

  for (const sessionId of [missing, foreign.sessionId]) {
    expect(await cost(sessionId, "123456", requestId)).toEqual({ kind: "sessionNotFound", ...notCounted });
  }
  for (const { sessionId, code } of [expired, approved, canceled]) {
    expect(await cost(sessionId, code, `${requestId}-a`)).toMatchObject(counted);
    expect(await cost(sessionId, wrongCode(code), `${requestId}-b`)).toMatchObject(counted);
  }
});

it("A request id makes the right code cost as much as a wrong one", async () => {
  const { open, cost } = await countedPasscodes();
  const { sessionId, code } = await open();

  const claimed = { kind: "compared", reads: 3, replacements: 2 };
  expect(await cost(sessionId, wrongCode(code), `${requestId}-a`)).toEqual(claimed);
  expect(await cost(sessionId, code, `${requestId}-b`)).toEqual(claimed);
});
