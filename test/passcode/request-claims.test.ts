import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { cancelSession } from "../../src/passcode/cancel-session.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { verifyPasscode } from "../../src/passcode/verify-passcode.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { Store } from "../../src/store/store.ts";
import { macKey } from "../contract/store-counter.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
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
