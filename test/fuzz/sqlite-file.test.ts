import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../src/store/open-store.ts";
import { fixedKeys, startMs } from "../ledger/ledgers.ts";
import { place } from "./bytes.ts";
import { fuzz } from "./fuzzing.ts";
import { RecordDesk } from "./record-desk.ts";

/*
 * A file of SQLite that is not what was written: cut short, with garbage in its pages, with
 * the journal of another file. The service does not start with it and says why in a
 * sentence; or it starts, and counts what it sends from then on.
 */

const keys = fixedKeys();
const clock = { nowMs: () => startMs };
const folder = mkdtempSync(join(tmpdir(), "passcode-fuzz-"));
const path = join(folder, "passcode.db");
const destination = { case: "phoneNumber", value: "+4915112345645" } as const;

/** As it is closed, and as a crash leaves it: with all in its journal. */
let closed: Buffer;
let crashed: { file: Buffer; journal: Buffer };
let sessionId: string;
let code: string;

beforeAll(async () => {
  const store = await openStore(
    { kind: "sqlite", path, timeoutMs: 5_000 },
    { clock, onError: () => {}, macKey: fixedKeys().records },
  );
  const desk = await RecordDesk.over(store, { keys, clock });
  const { told } = await desk.call("sendPasscode", { destination });
  sessionId = String(told["sessionId"]);
  code = sentCode(desk);
  for (let other = 0; other < 60; other += 1) {
    await desk.call("sendPasscode", {
      destination: { case: "phoneNumber", value: `+49151123456${other + 10}` },
    });
  }
  crashed = { file: readFileSync(path), journal: readFileSync(`${path}-wal`) };
  await store.close();
  closed = readFileSync(path);
});
afterAll(() => rmSync(folder, { recursive: true }));

function sentCode({ provider }: RecordDesk): string {
  const message = provider.messages[0];
  return (message?.channel === "sms" && /\d{6}/.exec(message.text)?.[0]) || "";
}

interface Damage {
  readonly kind: "cut" | "garbage" | "zeros" | "bit";
  readonly at: number;
  readonly length: number;
}
const damages = fc.array(
  fc.record<Damage>({
    kind: fc.constantFrom("cut", "garbage", "zeros", "bit"),
    at: place,
    length: fc.constantFrom(1, 16, 100, 512, 4_096),
  }),
  { minLength: 1, maxLength: 3 },
);

function damaged(bytes: Buffer, { kind, at, length }: Damage): Buffer {
  const start = Math.floor(at * bytes.length);
  if (kind === "cut") return bytes.subarray(0, start);
  const made = Buffer.from(bytes);
  const end = Math.min(start + (kind === "bit" ? 1 : length), made.length);
  for (let index = start; index < end; index += 1) {
    made[index] = kind === "zeros" ? 0 : kind === "bit" ? (made[index] ?? 0) ^ 4 : (index * 167 + 13) & 0xff;
  }
  return made;
}

const known = ["ok", "unavailable", "not_found", "failed_precondition", "resource_exhausted"];
const sendsPerMinute = 5;

test("a damaged file is refused in a sentence, or counted by", () => {
  const inputs = fc.record({
    state: fc.constantFrom("closed", "crashed", "stale"),
    inJournal: fc.boolean(),
    damages,
  });
  return fuzz(60, inputs, async ({ state, inJournal, damages }) => {
    const damage = (bytes: Buffer) => damages.reduce(damaged, bytes);
    rmSync(`${path}-wal`, { force: true });
    writeFileSync(path, state === "crashed" ? damageIf(!inJournal, crashed.file) : damage(closed));
    if (state === "crashed") writeFileSync(`${path}-wal`, damageIf(inJournal, crashed.journal));
    // Of a file that is gone, beside one that was put in its place.
    if (state === "stale") writeFileSync(`${path}-wal`, crashed.journal);
    function damageIf(isIt: boolean, bytes: Buffer): Buffer {
      return isIt ? damage(bytes) : bytes;
    }

    const opening = openStore(
      { kind: "sqlite", path, timeoutMs: 5_000 },
      { clock, onError: () => {}, macKey: fixedKeys().records },
    );
    const store = await opening.catch((error: Error) => error);
    if (store instanceof Error) {
      expect(store.message).toMatch(/^[^\n]{5,200}$/);
      return;
    }
    try {
      const desk = await RecordDesk.over(store, { keys, clock });
      const codes: string[] = [];
      const wrong = code.startsWith("1") ? `2${code.slice(1)}` : `1${code.slice(1)}`;
      for (let guess = 0; guess < 7; guess += 1) {
        const { code, told } = await desk.call("verifyPasscode", { sessionId, code: wrong });
        expect(told["status"]).not.toBe("STATUS_APPROVED");
        codes.push(code);
      }
      for (let send = 0; send < sendsPerMinute + 2; send += 1) {
        codes.push((await desk.call("sendPasscode", { destination })).code);
      }
      expect(known).toEqual(expect.arrayContaining(codes));
      expect(desk.provider.messages.length).toBeLessThanOrEqual(sendsPerMinute);
    } finally {
      await store.close();
    }
  });
});
