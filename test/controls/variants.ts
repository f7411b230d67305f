import * as by from "./detectors.ts";
import type { Variant } from "./variant.ts";

/** The mistakes that services of this kind are known for. */
export const knownMistakes: readonly Variant[] = [
  {
    name: "a counter is read and then set, whoever has set it in between",
    edits: [
      {
        file: "src/store/redis-scripts.ts",
        find: "if redis.call('GET', KEYS[1]) ~= (ARGV[5] or false) then return 0 end\n",
        replace: "",
      },
    ],
    noticedBy: [by.parallelGuesses, by.linearizability],
  },
  {
    name: "an answer leaves before its count has committed",
    edits: [
      {
        file: "src/store/key-queue.ts",
        find: "const text = sealRecord(kind.encode(record)",
        replace:
          "for (const update of this.#applying) update.commit();\n    const text = sealRecord(kind.encode(record)",
      },
    ],
    noticedBy: [by.fullStore, by.simulation],
  },
  {
    name: "a resend restores the tries",
    edits: [
      {
        file: "src/ledger/send.ts",
        find: 'if (policy.resend === "same") return session;',
        replace: 'if (policy.resend === "same") return { ...session, comparisons: [] };',
      },
    ],
    noticedBy: [by.resends, by.simulation],
  },
  {
    name: "a resend moves the expiry",
    edits: [
      {
        file: "src/ledger/send.ts",
        find: 'if (policy.resend === "same") return session;',
        replace: 'if (policy.resend === "same") return { ...session, expiresMs: session.expiresMs + 1_000 };',
      },
    ],
    noticedBy: [by.resends, by.simulation],
  },
  {
    name: "windows are fixed, and let twice the number through where two of them meet",
    edits: [
      {
        file: "src/ledger/window.ts",
        find: "> nowMs - spanMs) index--;",
        replace: ">= nowMs - (nowMs % spanMs)) index--;",
      },
    ],
    noticedBy: [by.limitsToTheMoment, by.simulation],
  },
  {
    name: "the cooldown is the session's alone",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: "const cooling = exhausted ? coolDown(judged, session.origin, policy) : judged;",
        replace: "const cooling = judged;",
      },
    ],
    noticedBy: [by.limitsToTheMoment, by.simulation],
  },
  {
    name: "a code is good for every purpose",
    edits: [
      {
        file: "src/ledger/keys.ts",
        find: "digest(key, [purpose, sortedPairs(transaction)])",
        replace: "digest(key, [sortedPairs(transaction)])",
      },
    ],
    noticedBy: [by.otherPurposes, by.simulation],
  },
  {
    name: "what cannot be read counts as not there",
    edits: [
      {
        file: "src/store/key-queue.ts",
        find: "() => this.#driver.read(this.#key),",
        replace: "() => this.#driver.read(this.#key).catch(() => ({ text: undefined, nowMs: Date.now() })),",
      },
    ],
    noticedBy: [by.deadStore],
  },
  {
    name: "a store that fails is taken to have nothing, and to keep what it is given",
    edits: [
      {
        file: "src/store/key-queue.ts",
        find: "() => this.#driver.read(this.#key),",
        replace: "() => this.#driver.read(this.#key).catch(() => ({ text: undefined, nowMs: Date.now() })),",
      },
      {
        file: "src/store/key-queue.ts",
        find: "() => this.#driver.replace(this.#key, reading, next),",
        replace: "() => this.#driver.replace(this.#key, reading, next).catch(() => true),",
      },
    ],
    noticedBy: [by.deadStore, by.simulation],
  },
  {
    name: "a session id carries the number",
    edits: [
      {
        file: "src/passcode/send-passcode.ts",
        find: 'newSessionId: random.bytes(16).toString("base64url"),',
        replace:
          'newSessionId: Buffer.concat([Buffer.from(plan.destination.address), random.bytes(16)]).toString("base64url", 0, 16),',
      },
    ],
    noticedBy: [by.foreignIds],
  },
];
