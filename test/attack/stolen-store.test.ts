import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CodeSource, deriveCode } from "../../src/ledger/code.ts";
import { Keys } from "../../src/ledger/keys.ts";
import type { Session } from "../../src/ledger/ledger.ts";
import { defaultPolicy } from "../../src/ledger/policy.ts";
import { redisKeyPrefix } from "../../src/store/redis-scripts.ts";
import { effort } from "../proof/effort.ts";
import { startService, wrongCode } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";
import { type OpenSession, profilesWith, World } from "./world.ts";

/** What a thief knows of a session: everything but the code and the keys. */
interface Known {
  readonly sessionId: string;
  readonly phoneNumber: string;
  readonly nonces: readonly string[];
}

/** Bytes that are compared: digests may be kept cut off, but hardly shorter. */
const digestCharacters = 32;

/** What services like this one have kept of a code, in hexadecimal. */
const keptElsewhere: readonly ((code: string, known: Known) => string[])[] = [
  (code) => [hash("sha256", code)],
  (code, { sessionId }) => [hash("sha256", `${sessionId}${code}`)],
  (code, { nonces }) => nonces.map((nonce) => hash("sha256", `${nonce}${code}`)),
];

/** Further ones, too slow to be tried with every code. */
const keptSlowly: typeof keptElsewhere = [
  (code) => [hash("md5", code), hash("sha1", code), hash("sha512", code), hash("sha3-256", code)],
  (code, { sessionId }) => [hash("sha256", `${code}${sessionId}`), hash("sha256", `${sessionId}:${code}`)],
  (code, { phoneNumber }) => [
    hash("sha256", `${phoneNumber}${code}`),
    hash("sha256", `${phoneNumber}:${code}`),
  ],
  (code, { nonces, sessionId, phoneNumber }) =>
    [...nonces, sessionId, phoneNumber].flatMap((key) => [
      createHmac("sha256", key).update(code).digest("hex"),
      createHmac("sha256", code).update(key).digest("hex"),
    ]),
];

/** The beginnings of everything in a dump that could be bytes, in hexadecimal. */
function digestsIn(dump: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [run] of dump.matchAll(/[A-Za-z0-9+/_-]{22,}/g)) {
    found.add(Buffer.from(run, "base64url").toString("hex").slice(0, digestCharacters));
    found.add(run.toLowerCase().slice(0, digestCharacters));
  }
  return found;
}

function codesIn(
  digests: ReadonlySet<string>,
  codes: Iterable<string>,
  { known, kept }: { known: Known; kept: typeof keptElsewhere },
): string[] {
  const found: string[] = [];
  for (const code of codes) {
    const isThere = kept.some((digestsOf) =>
      digestsOf(code, known).some((digest) => digests.has(digest.slice(0, digestCharacters))),
    );
    if (isThere) found.push(code);
  }
  return found;
}

/** That many codes from the right one on: all that there are, if there are as many. */
function* codesFrom(code: string, count: number): Generator<string> {
  for (let step = 0; step < count; step += 1) yield wrongCode(code, step);
}

function ofLength(codeLength: number) {
  return { policies: { base: { ...defaultPolicy, codeLength }, named: new Map() } };
}

function noncesIn(dump: string): string[] {
  return [...dump.matchAll(/"nonce":"([\w-]{22})"/g)].map(([, nonce]) => nonce ?? "");
}

/** All that codes of ten digits are derived from but for the key: each session there is, in each ledger there is. */
function sourcesIn(dump: string): CodeSource[] {
  const ledgers = new Set([...dump.matchAll(/ledger:([\w-]{22})/g)].map(([, name]) => name ?? ""));
  const sessions = new Set(
    [...dump.matchAll(/\{"id":"[\w-]{22}","nonce":.*?"codeAlphabet":"\w+"/g)].map(([start]) => start),
  );
  return [...sessions].flatMap((start) => {
    // What the expression found and a brace make the first fields of a session.
    const session = { ...(JSON.parse(`${start}}`) as Session), codeLength: 10 };
    return [...ledgers].map((name) => ({ ledger: Buffer.from(name, "base64url"), session }));
  });
}

describe.each([
  ["SQLite", Math.min(1_000_000, 100_000 * effort)],
  ["Redis", 1_000_000],
] as const)("A stolen %s", (store, tried) => {
  let world: World;
  let session: OpenSession;
  let dump: string;
  let known: Known;
  /** A session whose code is too long to be met by chance. */
  let long: OpenSession;
  let dumpWithLong: string;
  beforeAll(async () => {
    world = await World.start(store, profilesWith({ default: {}, long: ofLength(10) }));
    session = await world.open();
    await world.way(0).verifyPasscode({ sessionId: session.sessionId, code: wrongCode(session.code) });
    dump = await world.stolen();
    known = { ...session, nonces: [...new Set(noncesIn(dump))] };
    long = await world.open({ profile: "long" });
    dumpWithLong = await world.stolen();
  });
  afterAll(() => world.end());

  it("has the session in it", () => {
    expect(known.nonces).toHaveLength(1);
  });

  it(`tells the code to nobody who tries ${tried} codes, the right one among them`, () => {
    expect(codesIn(digestsIn(dump), codesFrom(session.code, tried), { known, kept: keptElsewhere })).toEqual(
      [],
    );
  });

  it("has no trace of the code in any form that others have kept", () => {
    const kept = [...keptElsewhere, ...keptSlowly];
    expect(codesIn(digestsIn(dump), [session.code], { known, kept })).toEqual([]);
  });

  it("would tell it, if it had such a trace", () => {
    for (const digestsOf of [...keptElsewhere, ...keptSlowly]) {
      for (const digest of digestsOf(session.code, known)) {
        const telling = `${dump}\n"${Buffer.from(digest, "hex").toString("base64url")}"`;
        const near = [session.code, wrongCode(session.code), wrongCode(session.code, 2)];
        expect(codesIn(digestsIn(telling), near, { known, kept: [digestsOf] })).toEqual([session.code]);
      }
    }
  });

  it("has no key in it that the codes come from", () => {
    const sources = sourcesIn(dumpWithLong).filter(({ session }) => !known.nonces.includes(session.nonce));
    const codesBy = (key: KeyObject) => sources.map((source) => deriveCode(source, new Map([[1, key]])));
    const [codeKey] = new Keys(world.secrets).codes.values();
    if (codeKey === undefined) throw new Error("there is a code key");
    expect(codesBy(codeKey)).toContain(long.code);

    const tokens = [...dumpWithLong.matchAll(/[A-Za-z0-9+/_-]{22,}/g)].map(([run]) => run);
    const guesses = ["", "default", "passcode", long.phoneNumber, long.sessionId, ...tokens];
    const codes = guesses.flatMap((guess) => {
      const secrets = [Buffer.from(guess), Buffer.from(guess, "base64url")];
      return secrets.flatMap((secret) => {
        const derived = Buffer.from(hkdfSync("sha256", secret, "", "passcode code", 32));
        return [secret, derived].flatMap((key) => codesBy(createSecretKey(key)));
      });
    });
    expect(codes).not.toContain(long.code);
  });
});

describe("A stolen Redis, run by a service with keys of the thief's own,", () => {
  it("is not taken as it is, and without its settings knows no session and approves nothing", async () => {
    const world = await World.start("Redis");
    const { sessionId, code, phoneNumber } = await world.open();
    const topology = { kind: "single", url: world.redis?.url ?? "" } as const;
    const start = () => startService({ store: { kind: "redis", topology, tls: false, timeoutMs: 5_000 } });
    await expect(start()).rejects.toThrow("keys.index is not the one this store was begun with");
    await world.redis?.command("DEL", `${redisKeyPrefix}settings:agreed`);
    const thief = await start();

    const outcome = await outcomeOf(thief.clients.grpc.verifyPasscode({ sessionId, code }));
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const resent = await outcomeOf(thief.clients.grpc.sendPasscode({ destination, sessionId }));

    expect([outcome, resent]).toEqual(["SESSION_NOT_FOUND", "SESSION_NOT_FOUND"]);
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
    await thief.stop();
    await world.end();
  });
});

describe("Sessions with the same code, in Redis,", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start("Redis", profilesWith({ default: ofLength(4) }));
  });
  afterAll(() => world.end());

  it("have nothing in common that sessions with other codes have not", async () => {
    const byCode = new Map<string, OpenSession>();
    let alike: readonly OpenSession[] = [];
    // Of ten thousand codes two are alike after some hundred.
    while (alike.length === 0) {
      const opened = await world.open();
      const earlier = byCode.get(opened.code);
      if (earlier !== undefined) alike = [earlier, opened];
      byCode.set(opened.code, opened);
    }
    const [one, other] = alike;
    const unlike = [...byCode.values()].find(({ code }) => code !== one?.code);

    const [inOne, inOther, inUnlike] = await Promise.all([one, other, unlike].map(namesIn));

    const common = [...(inOne ?? [])].filter((name) => inOther?.has(name));
    expect(inOne?.size).toBeGreaterThan(2);
    expect(common.filter((name) => !inUnlike?.has(name))).toEqual([]);
  });

  /** Every random or keyed text of a session's record. */
  async function namesIn(session: OpenSession | undefined): Promise<ReadonlySet<string>> {
    const ledger = await world.storedLedger(session ?? { sessionId: "" });
    const sessions: readonly Session[] = ledger?.sessions ?? [];
    return new Set(JSON.stringify(sessions).match(/(?<=")[\w-]{22}(?=")/g));
  }
});
