import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { deriveCode } from "../../src/ledger/code.ts";
import { openSessionId } from "../../src/ledger/session-id.ts";
import { sendPasscode } from "../../src/passcode/send-passcode.ts";
import { type Random, systemRandom } from "../../src/random.ts";
import { accepted, ScriptedProvider } from "../delivery/scripted-provider.ts";
import { effort, tally } from "../proof/effort.ts";
import { anybody, passcodesWith, sendRequestWith } from "../support/passcodes.ts";

const sessions = 1_000 * effort;

afterAll(() => tally("uniformity", { "session ids": sessions }));

/** A sender whose chance is `random`, and what it told of each session. */
async function senderWith(random: Random) {
  const provider = new ScriptedProvider(() => accepted);
  const passcodes = { ...(await passcodesWith({ sms: provider, voice: provider })), random };
  const open = async () => {
    const request = sendRequestWith();
    const answer = await sendPasscode(passcodes, request, anybody);
    if (answer.kind !== "sent") throw new Error(`not sent: ${answer.kind}`);
    const opened = openSessionId(answer.sessionId, "default", passcodes.keys);
    if (opened === undefined) throw new Error("a session id does not open");
    const message = provider.messages.at(-1);
    const bound = {
      id: opened.id,
      keyId: opened.keyId,
      binding: passcodes.keys.bindingOf(request.purpose, request.transaction),
      address: passcodes.keys.addressOf(request.destination),
    };
    const codeFor = (nonce: string) =>
      deriveCode(
        { ledger: opened.ledger, session: { ...bound, nonce, codeLength: 6, codeAlphabet: "digits" } },
        passcodes.keys.codes,
      );
    return { id: opened.id, text: message?.channel === "sms" ? message.text : "", codeFor };
  };
  return { open };
}

/** Chance that is the same in every run, with all that was asked of it. */
class FixedRandom implements Random {
  readonly given: Buffer[] = [];

  bytes(count: number): Buffer {
    const bytes = createHash("sha256").update(`chance ${this.given.length}`).digest().subarray(0, count);
    this.given.push(bytes);
    return bytes;
  }
}

describe("A new session", () => {
  it("has for its id and for its nonce 128 bits each, of the cryptographic source, and not the same", async () => {
    const random = new FixedRandom();
    const { open } = await senderWith(random);

    for (let opened = 0; opened < 20; opened++) {
      const before = random.given.length;
      const { id, text, codeFor } = await open();
      const given = random.given.slice(before).filter((bytes) => bytes.length === 16);
      const names = given.map((bytes) => bytes.toString("base64url"));
      const codes = names.map(codeFor);
      const code = /\d{6}/.exec(text)?.[0] ?? "";
      expect(names).toContain(id);
      expect(codes).toContain(code);
      expect(codes.indexOf(code)).not.toBe(names.indexOf(id));
    }
  });
});

describe("The ids of sessions", () => {
  it("differ, and have ones and zeros alike: in all, and at every one of their 128 bits", async () => {
    const { open } = await senderWith(systemRandom);

    const ids: string[] = [];
    while (ids.length < sessions) ids.push((await open()).id);

    const ones = new Array<number>(128).fill(0);
    for (const id of ids) {
      const bytes = Buffer.from(id, "base64url");
      expect(bytes).toHaveLength(16);
      for (const bit of ones.keys())
        ones[bit] = (ones[bit] ?? 0) + (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1);
    }
    expect(new Set(ids).size).toBe(sessions);
    // Fair bits are further off than seven standard deviations once in 4e11 times, at one of the places in 3e9.
    expect(deviations(sum(ones), 128 * sessions)).toBeLessThan(7);
    expect(Math.max(...ones.map((count) => deviations(count, sessions)))).toBeLessThan(7);
  });
});

/** How many standard deviations a count of ones is off, of so many fair bits. */
function deviations(ones: number, bits: number): number {
  return Math.abs(ones - bits / 2) / (Math.sqrt(bits) / 2);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
