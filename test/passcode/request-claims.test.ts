import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { DeliveryOutcome } from "../../src/delivery/provider.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { cancelSession } from "../../src/passcode/cancel-session.ts";
import type { Passcodes } from "../../src/passcode/passcodes.ts";
import type { SendRequest } from "../../src/passcode/plan-send.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { verifyPasscode } from "../../src/passcode/verify-passcode.ts";
import { openStore } from "../../src/store/open-store.ts";
import { type Store, StoreUnavailableError } from "../../src/store/store.ts";
import { macKey } from "../contract/store-counter.ts";
import { accepted, failing, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { anybody, passcodesWith, sendRequestWith } from "../support/passcodes.ts";
import { wrongCode } from "../support/service.ts";

/** A service with an open session, that tells which request ids were claimed. */
async function service({ guessesPerDay = 20, bytesMax = 1_000_000 } = {}) {
  const provider = new ScriptedProvider(() => accepted);
  const policies = { base: { ...defaultPolicy, guessesPerDay }, named: new Map() };
  const settings = { kind: "memory", bytesMax, timeoutMs: 2_000 } as const;
  const memory = await openStore(settings, { clock: systemClock, macKey, onError: () => {} });
  const claims = new Set<string>();
  const store: Store = {
    update: (kind, key, change) => {
      if (key.startsWith("request:")) claims.add(key);
      return memory.update(kind, key, change);
    },
    close: () => memory.close(),
  };
  const parts = await passcodesWith({ sms: provider, voice: provider }, { profile: { policies } });
  const passcodes = { ...parts, store };
  let calls = 0;
  const newId = () => `00000000-0000-4000-8000-${String(++calls).padStart(12, "0")}`;
  const sent = await sendPasscode(passcodes, sendRequestWith(), anybody);
  if (sent.kind !== "sent") throw new Error(`not sent: ${sent.kind}`);
  const message = provider.messages[0];
  const code = /\d{6}/.exec(message?.channel === "sms" ? message.text : "")?.[0] ?? "";
  const { sessionId } = sent;
  const verify = (typed: string, requestId = newId()) => {
    const request = {
      profile: "default",
      sessionId,
      code: typed,
      purpose: "login",
      transaction: {},
      requestId,
    };
    return verifyPasscode(passcodes, request);
  };
  return { passcodes, claims, code, verify, sessionId, newId };
}

describe("A verification with a request id claims the id", () => {
  test("when its code is compared", async () => {
    const { claims, code, verify } = await service();
    await verify(wrongCode(code));
    await verify(code);
    expect(claims.size).toBe(2);
  });

  test("not when the session has ended", async () => {
    const { passcodes, claims, code, verify, sessionId } = await service();
    await cancelSession(passcodes, { profile: "default", sessionId });
    for (let call = 0; call < 9; call++) expect(await verify(code)).toMatchObject({ kind: "ended" });
    expect(claims.size).toBe(0);
  });

  test("not when the session was approved", async () => {
    const { claims, code, verify } = await service();
    await verify(code, "");
    expect(await verify(code)).toEqual({ kind: "alreadyApproved" });
    expect(claims.size).toBe(0);
  });

  test("not when the destination's guesses are spent, or the calls of a minute", async () => {
    const { claims, code, verify } = await service({ guessesPerDay: 1 });
    await verify(wrongCode(code), "");
    for (let call = 0; call < 12; call++) expect(await verify(code)).toMatchObject({ kind: "refused" });
    expect(claims.size).toBe(0);
  });
});

describe("A send that has not left gives up its request id", () => {
  const requestId = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
  const notLeft = ["accountRefused", "overloaded", "unreachable", "busy"] as const;

  /** Two instances on one store, whose provider answers as it is told to by then. */
  async function twoInstances() {
    const told = { answer: async (): Promise<DeliveryOutcome> => accepted };
    const provider = new ScriptedProvider(() => told.answer());
    const one = await passcodesWith({ sms: provider, voice: provider });
    const other = { ...(await passcodesWith({ sms: provider, voice: provider })), ...shared(one) };
    const send = (request: SendRequest, instance: Passcodes = one) =>
      sendPasscode(instance, request, anybody);
    return { provider, told, one, other, send };
  }

  /** What instances of one service have in common. */
  const shared = ({ store, keys, profiles }: Passcodes) => ({ store, keys, profiles });

  test.each(notLeft)("when it was %s, to whatever content", async (kind) => {
    const { told, other, send } = await twoInstances();
    told.answer = async () => failing(kind);
    expect(await send(sendRequestWith({ requestId }))).toMatchObject({
      kind: "deliveryFailed",
      counts: false,
    });
    told.answer = async () => accepted;
    expect(await send(sendRequestWith({ requestId }), other)).toMatchObject({ kind: "sent" });
  });

  test("but not when it counts", async () => {
    const { told, other, send } = await twoInstances();
    told.answer = async () => failing("noAnswer");
    expect(await send(sendRequestWith({ requestId }))).toMatchObject({
      kind: "deliveryFailed",
      counts: true,
    });
    expect(await send(sendRequestWith({ requestId }), other)).toEqual({ kind: "requestIdReused" });
  });

  test("not before it is known, and not to other content once its repetition has left", async () => {
    const { told, other, send } = await twoInstances();
    const [atProvider, asked] = signal();
    const [answer, failed] = signal();
    told.answer = async () => {
      asked();
      await answer;
      return failing("unreachable");
    };
    const request = sendRequestWith({ requestId });
    const first = send(request);
    await atProvider;
    expect(await send(sendRequestWith({ requestId }), other)).toEqual({ kind: "requestIdReused" });
    failed();
    expect(await first).toMatchObject({ counts: false });
    told.answer = async () => accepted;
    expect(await send(request, other)).toMatchObject({ kind: "sent" });
    expect(await send(sendRequestWith({ requestId }))).toEqual({ kind: "requestIdReused" });
  });

  test("not from under another that has claimed it and counts only after", async () => {
    const { told, one, other, send } = await twoInstances();
    const [claimed, hasClaimed] = signal();
    const [goOn, firstIsOver] = signal();
    let isHeldUp = false;
    const store: Store = {
      update: async (kind, key, change) => {
        if (isHeldUp && key.startsWith("ledger:")) {
          hasClaimed();
          await goOn;
        }
        const outcome = await one.store.update(kind, key, change);
        if (key.startsWith("request:")) isHeldUp = true;
        return outcome;
      },
      close: () => one.store.close(),
    };
    const request = sendRequestWith({ requestId });
    const second = send(request, { ...other, store });
    await claimed;
    told.answer = async () => failing("unreachable");
    expect(await send(request)).toMatchObject({ counts: false });
    told.answer = async () => accepted;
    firstIsOver();
    expect(await second).toMatchObject({ kind: "sent" });
    expect(await send(sendRequestWith({ requestId }))).toEqual({ kind: "requestIdReused" });
  });

  test("nor does a store that fails then change the answer", async () => {
    const { told, one, send } = await twoInstances();
    told.answer = async () => failing("unreachable");
    let claims = 0;
    const store: Store = {
      update: async (kind, key, change) => {
        if (key.startsWith("request:") && ++claims > 1) throw new StoreUnavailableError("down");
        return await one.store.update(kind, key, change);
      },
      close: () => one.store.close(),
    };
    const answer = await send(sendRequestWith({ requestId }), { ...one, store });
    expect(answer).toMatchObject({ kind: "deliveryFailed", failure: "unreachable", counts: false });
    expect(one.logLines.join("")).toContain("request id not released");
  });
});

/** Something to wait for, and what brings it about. */
function signal(): [Promise<void>, () => void] {
  const { promise, resolve } = Promise.withResolvers<void>();
  return [promise, resolve];
}

describe("In a full store", () => {
  test("a live session is verified with a request id, and the call may be repeated", async () => {
    const { code, verify, newId } = await service({ bytesMax: 1 });
    const id = newId();
    const wrong = await verify(wrongCode(code), id);
    expect(wrong).toMatchObject({ kind: "compared", view: { status: "pending", attempts: 1 } });
    expect(await verify(wrongCode(code), id)).toMatchObject({ kind: "compared", view: { attempts: 1 } });
    expect(await verify(code)).toMatchObject({ kind: "compared", view: { status: "approved" } });
  });

  test("no call is answered with what another code was told under its id", async () => {
    const { code, verify, newId } = await service({ bytesMax: 1 });
    const id = newId();
    expect(await verify(code, id)).toMatchObject({ view: { status: "approved" } });
    expect(await verify(wrongCode(code), id)).toEqual({ kind: "alreadyApproved" });
  });

  test("no other destination is sent anything", async () => {
    const { passcodes, newId } = await service({ bytesMax: 1 });
    const request = sendRequestWith({ requestId: newId() });
    await expect(sendPasscode(passcodes, request, anybody)).rejects.toThrow("The memory store is full.");
  });
});
