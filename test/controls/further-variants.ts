import * as by from "./detectors.ts";
import type { Variant } from "./variant.ts";

/** Further ones, each a line that is easily lost in a change. */
export const furtherMistakes: readonly Variant[] = [
  {
    name: "a request id is ignored",
    edits: [
      {
        file: "src/passcode/passcodes.ts",
        find: 'return requestId === "" ? undefined : keys',
        replace: 'return requestId !== "" ? undefined : keys',
      },
    ],
    noticedBy: [by.repeats, by.simulation],
  },
  {
    name: "a message is handed over before it is counted",
    edits: [
      {
        file: "src/passcode/passcodes.ts",
        find: "const outcome = await updateLedger(passcodes, ledger, change);",
        replace: `const outcome = await updateLedger(passcodes, ledger, (before, nowMs) => ({ ...change(before, nowMs), record: before }));
          void updateLedger(passcodes, ledger, change).catch(() => {});`,
      },
    ],
    noticedBy: [by.fullStore, by.simulation],
  },
  {
    name: "another provider gets the message after the first has not answered",
    edits: [
      {
        file: "src/delivery/deliveries.ts",
        find: ' || (kind === "noAnswer" && job.afterNoAnswer === "stop")',
        replace: "",
      },
    ],
    noticedBy: [by.lateProvider, by.simulation],
  },
  {
    name: "wrong codes are not counted across sessions",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: "{ failures: [...ledger[origin].failures, ledger.lastMs] }",
        replace: "{}",
      },
    ],
    noticedBy: [by.newSessions, by.simulation],
  },
  {
    name: "a send that did not leave goes on counting",
    edits: [
      {
        file: "src/ledger/settle.ts",
        find: "const sends = without(found.ledger[origin].sends, [delivery.atMs]);",
        replace: "const sends = found.ledger[origin].sends;",
      },
    ],
    noticedBy: [by.simulation],
  },
  {
    name: "the session of a send that did not leave stays",
    edits: [
      {
        file: "src/ledger/settle.ts",
        find: ": { ...ledger, sessions: ledger.sessions.filter(({ id }) => id !== session.id) };",
        replace: ": ledger;",
      },
    ],
    noticedBy: [by.simulation],
  },
  {
    name: "a send that a provider refused for its destination is taken out too",
    edits: [
      {
        file: "src/ledger/ledger.ts",
        find: "return (countedStates as readonly string[]).includes(state);",
        replace: 'return state === "accepted" || state === "noAnswer";',
      },
    ],
    noticedBy: [by.simulation],
  },
  {
    name: "an approval forgives every wrong code",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: "without(ledger[origin].failures, own)",
        replace: "[]",
      },
    ],
    noticedBy: [by.simulation],
  },
  {
    name: "an approval forgives no wrong code",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: "without(ledger[origin].failures, own)",
        replace: "ledger[origin].failures",
      },
    ],
    noticedBy: [by.simulation],
  },
  {
    name: "a stranger's send counts for known devices",
    edits: [
      {
        file: "src/ledger/send.ts",
        find: "...withWindows(ledger, session.origin, {",
        replace: '...withWindows(ledger, "known", {',
      },
    ],
    noticedBy: [by.simulation],
  },
  {
    name: "a device is known before any approval",
    edits: [
      {
        file: "src/ledger/send.ts",
        find: 'digest === device) ? "known" : "strange";',
        replace: 'digest === device) || device !== undefined ? "known" : "strange";',
      },
    ],
    noticedBy: [by.simulation],
  },
  {
    name: "only the first characters of a code are compared",
    edits: [
      {
        file: "src/ledger/code.ts",
        find: "timingSafeEqual(Buffer.from(code.toUpperCase()), Buffer.from(deriveCode(source, keys)))",
        replace:
          "timingSafeEqual(Buffer.from(code.toUpperCase()).subarray(0, 4), Buffer.from(deriveCode(source, keys)).subarray(0, 4))",
      },
    ],
    noticedBy: [by.wrongCodes],
  },
  {
    name: "the code that was compared is kept in the record",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: "const called = withSession(ledger, counted);",
        replace:
          "Object.assign(counted, { compared: command.code });\n  const called = withSession(ledger, counted);",
      },
    ],
    noticedBy: [by.records],
  },
  {
    name: "codes that are always right are honoured outside of test profiles",
    edits: [
      {
        file: "src/passcode/send-passcode.ts",
        find: "profile.isTest ? testDestination(plan.destination)?.verdict : undefined",
        replace: "testDestination(plan.destination)?.verdict",
      },
      {
        file: "src/ledger/verify.ts",
        find: "command.isTest ? counted.testVerdict : undefined",
        replace: "counted.testVerdict",
      },
    ],
    noticedBy: [by.testCodes],
  },
  {
    name: "a code is good for every session of its destination",
    edits: [
      {
        file: "src/ledger/code.ts",
        find: 'base64url"), id, nonce, keyId,',
        replace: 'base64url"), keyId,',
      },
    ],
    noticedBy: [by.codesOfOthers],
  },
  {
    name: "a code is derived of its nonce alone",
    edits: [
      {
        file: "src/ledger/code.ts",
        find: "const source = JSON.stringify(parts);",
        replace: "const source = nonce;",
      },
    ],
    noticedBy: [by.codes],
  },
  {
    name: "a resend goes to whatever address shares its limits with the opened one",
    edits: [
      {
        file: "src/passcode/send-passcode.ts",
        find: "keys.addressOf(plan.destination, current?.keyId)",
        replace:
          "keys.addressOf({ kind: plan.destination.kind, address: plan.destination.canonical }, current?.keyId)",
      },
    ],
    noticedBy: [by.twinAddresses, by.deliveredAddresses, by.simulation],
  },
  {
    name: "the MAC of a record is not checked",
    edits: [
      {
        file: "src/store/record-mac.ts",
        find: "if (found.length === expected.length && timingSafeEqual(found, expected)) return content;",
        replace: "if (found.length === expected.length) return content;",
      },
    ],
    noticedBy: [by.recordMacs, by.simulation],
  },
  {
    name: "an approval does not end the session",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: '...(right && { end: { kind: "approved", atMs } }),',
        replace: "",
      },
    ],
    noticedBy: [by.rightCodes, by.simulation],
  },
  {
    name: "a code lives to the instant of its expiry and a moment more",
    edits: [
      {
        file: "src/ledger/ledger.ts",
        find: "nowMs < session.expiresMs",
        replace: "nowMs <= session.expiresMs",
      },
    ],
    noticedBy: [by.limitsToTheMoment, by.simulation],
  },
  {
    name: "there is one try more than was said",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: "session.comparisons.length + 1 >= session.tries",
        replace: "session.comparisons.length >= session.tries",
      },
    ],
    noticedBy: [by.limitsToTheMoment, by.simulation],
  },
  {
    name: "calls on an ended session are not counted",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: 'if (view.status === "reject") return { record: called,',
        replace: 'if (view.status === "reject") return { record: before,',
      },
    ],
    noticedBy: [by.parallelGuesses, by.simulation],
  },
  {
    name: "a wrong purpose costs no try",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: "const called = withSession(ledger, counted);",
        replace:
          'if (command.binding !== session.binding) return unchanged({ kind: "sessionNotFound" });\n  const called = withSession(ledger, counted);',
      },
    ],
    noticedBy: [by.otherPurposes, by.simulation],
  },
  {
    name: "every spelling of an address has limits of its own",
    edits: [
      {
        file: "src/ledger/keys.ts",
        find: "[profile, destination.kind, destination.canonical]",
        replace: "[profile, destination.kind, destination.address]",
      },
    ],
    noticedBy: [by.bombing],
  },
  {
    name: "a clock that steps back takes the ledger with it",
    edits: [
      {
        file: "src/ledger/ledger.ts",
        find: "const lastMs = Math.max(nowMs, ledger.lastMs);",
        replace: "const lastMs = nowMs;",
      },
    ],
    noticedBy: [by.clockSteps],
  },
  {
    name: "a stranger spends the guess that is kept for the owner",
    edits: [
      {
        file: "src/ledger/verify.ts",
        find: "const untouched = counted.comparisons.length === 0;",
        replace: "const untouched = false;",
      },
      {
        file: "src/ledger/limits.ts",
        find: "other.origin === origin &&",
        replace: "false &&",
      },
    ],
    noticedBy: [by.spentGuesses],
  },
  {
    name: "a full store makes room by forgetting",
    edits: [
      {
        file: "src/store/memory-storage.ts",
        find: 'throw new StoreFullError("The memory store is full.");',
        replace: "this.#entries.delete(this.#entries.keys().next().value);",
      },
    ],
    noticedBy: [by.fullStore],
  },
  {
    name: "a store that did not answer is taken to have counted",
    edits: [
      {
        file: "src/store/key-queue.ts",
        find: "() => this.#driver.replace(this.#key, reading, next),",
        replace: "() => this.#driver.replace(this.#key, reading, next).catch(() => true),",
      },
    ],
    noticedBy: [by.fullStore],
  },
  {
    name: "a cancellation gives the sends of the session back",
    edits: [
      {
        file: "src/ledger/cancel.ts",
        find: "const record = withSession(ledger, canceled);",
        replace:
          "const record = withSession({ ...ledger, strange: { ...ledger.strange, sends: [] } }, canceled);",
      },
    ],
    noticedBy: [by.cancellations],
  },
  {
    name: "the sends in hand of an API key are bounded only once they are counted",
    edits: [
      {
        file: "src/passcode/send-passcode.ts",
        find: 'return (await passcodes.inHand.admit(caller.key, work)) ?? { kind: "busy" };',
        replace: "return await work();",
      },
      {
        file: "src/passcode/send-passcode.ts",
        find: "? await deliverCode(passcodes, { profile, request, plan, ledger, sessionId, ...outcome }, caller)",
        replace: `? ((await passcodes.inHand.admit(caller.key, () =>
            deliverCode(passcodes, { profile, request, plan, ledger, sessionId, ...outcome }, caller),
          )) ?? {})`,
      },
      {
        file: "src/passcode/send-passcode.ts",
        find: 'if (state === "sending") return',
        replace: 'if (state === undefined) return { kind: "busy" };\n  if (state === "sending") return',
      },
    ],
    noticedBy: [by.busyCallers, by.simulation],
  },
  {
    name: "all API keys have one bound for their sends in hand",
    edits: [
      {
        file: "src/passcode/sends-in-hand.ts",
        find: "(this.#counts.get(key) ?? 0) < this.#maxOf(key)",
        replace: "[...this.#counts.values()].reduce((all, one) => all + one, 0) < this.#maxOf(key)",
      },
    ],
    noticedBy: [by.sendsInHand, by.simulation],
  },
  {
    name: "a place among the sends in hand is never given back",
    edits: [
      {
        file: "src/passcode/sends-in-hand.ts",
        find: "const left = (this.#counts.get(key) ?? 1) - 1;",
        replace: "const left = this.#counts.get(key) ?? 1;",
      },
    ],
    noticedBy: [by.busyCallers, by.simulation],
  },
  {
    name: "keys do not take turns at a provider's queue",
    edits: [
      {
        file: "src/delivery/provider-queue.ts",
        find: "this.#lines.delete(key);\n      this.#lines.set(key, line);",
        replace: "",
      },
    ],
    noticedBy: [by.turns],
  },
];
