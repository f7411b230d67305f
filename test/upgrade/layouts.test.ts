import { beforeAll, describe, expect, it } from "vitest";
import { Channel, Status, StatusReason } from "../../gen/passcode/v1/session_pb.ts";
import { tally } from "../proof/effort.ts";
import { failureOf } from "../support/failure.ts";
import { wrongCode } from "../support/service.ts";
import { keep, layoutOf, type Recording, record, recordings, resume } from "./recording.ts";

/*
 * Nothing may be lost or begin anew when a later release goes on with the records of an
 * earlier one. What the first release of each layout left in its store is kept here as it
 * was: a file is never recorded again. After a change of layout, record the new one:
 * PASSCODE_RECORD=1 npm test -- test/upgrade
 */

const present = "the release at hand";
const recorded = new Map<string, Recording>(
  [...recordings()].map(([layout, recording]) => [`layout ${layout}`, recording]),
);

beforeAll(async () => {
  const own = await record();
  recorded.set(present, own);
  if (process.env["PASSCODE_RECORD"] !== undefined && !recordings().has(layoutOf(own))) keep(own);
});

it("The layout that records have now is recorded", () => {
  expect([...recordings().keys()]).toContain(layoutOf(recordingOf(present)));
});

function recordingOf(name: string): Recording {
  const recording = recorded.get(name);
  if (recording === undefined) throw new Error(`${name} is recorded before the tests`);
  return recording;
}

async function reasonFor(call: Promise<unknown>): Promise<string> {
  return (await failureOf(call)).reason;
}

function phone(value: string) {
  return { destination: { case: "phoneNumber", value } as const };
}

describe.each([...recordings().keys()].map((layout) => `layout ${layout}`).concat(present))(
  "With the records of %s",
  (name) => {
    it("a live session's code is approved, once", async () => {
      const { life } = recordingOf(name);
      const { sessionId, code } = life.untouched;
      await resume(recordingOf(name), async ({ clients: { grpc } }) => {
        const approved = await grpc.verifyPasscode({ sessionId, code });
        expect(approved).toMatchObject({ status: Status.APPROVED, attemptCount: 1 });
        expect(await reasonFor(grpc.verifyPasscode({ sessionId, code }))).toBe("SESSION_APPROVED");
      });
      tally("upgrade", { "records resumed": recordingOf(name).records.length });
    });

    it("tries go on from where they were, and their end holds the cooldown", async () => {
      const { sessionId, code, phoneNumber } = recordingOf(name).life.nearlyExhausted;
      await resume(recordingOf(name), async ({ clients: { grpc } }) => {
        const fifth = await grpc.verifyPasscode({ sessionId, code: wrongCode(code, 5) });
        expect(fifth).toMatchObject({ status: Status.REJECT, attemptCount: 5 });
        expect(await reasonFor(grpc.sendPasscode(phone(phoneNumber)))).toBe("COOLDOWN");
      });
    });

    it("the right code on the fifth try is approved", async () => {
      const { sessionId, code } = recordingOf(name).life.nearlyExhausted;
      await resume(recordingOf(name), async ({ clients: { grpc } }) => {
        expect(await grpc.verifyPasscode({ sessionId, code })).toMatchObject({
          status: Status.APPROVED,
          attemptCount: 5,
        });
      });
    });

    it("ended sessions stay ended, and can be read", async () => {
      const { exhausted, approved, canceled } = recordingOf(name).life;
      await resume(recordingOf(name), async ({ clients: { grpc } }) => {
        const read = async (sessionId: string) => (await grpc.getSession({ sessionId })).session;
        expect(await read(exhausted.sessionId)).toMatchObject({
          status: Status.REJECT,
          reason: StatusReason.ATTEMPTS_EXHAUSTED,
          attemptCount: 5,
        });
        expect(await read(approved.sessionId)).toMatchObject({ status: Status.APPROVED, attemptCount: 1 });
        expect(await read(canceled.sessionId)).toMatchObject({ reason: StatusReason.CANCELED });
        for (const { sessionId, code } of [exhausted, canceled]) {
          expect(await grpc.verifyPasscode({ sessionId, code })).toMatchObject({ status: Status.REJECT });
        }
        expect(await reasonFor(grpc.verifyPasscode(approved))).toBe("SESSION_APPROVED");
        expect(await reasonFor(grpc.sendPasscode(phone(exhausted.phoneNumber)))).toBe("COOLDOWN");
      });
    });

    it("sends go on counting, and a session knows its own", async () => {
      const { resent, sentAtItsLimit } = recordingOf(name).life;
      await resume(recordingOf(name), async ({ clients: { grpc } }) => {
        expect(await reasonFor(grpc.sendPasscode(phone(sentAtItsLimit.phoneNumber)))).toBe("SEND_LIMIT");
        const { session } = await grpc.getSession({ sessionId: resent.sessionId });
        expect(session?.deliveries.map(({ channel }) => channel)).toEqual([Channel.SMS, Channel.VOICE]);
        expect(await grpc.verifyPasscode(resent)).toMatchObject({ status: Status.APPROVED, attemptCount: 2 });
      });
    });

    it("a repeated request gets its first answer, and does nothing", async () => {
      const { phoneNumber, sessionId, code, sendId, verifyId } = recordingOf(name).life.repeatable;
      await resume(recordingOf(name), async ({ clients: { grpc }, messages }) => {
        const sent = await grpc.sendPasscode({ ...phone(phoneNumber), requestId: sendId });
        const guess = { sessionId, code: wrongCode(code, 1), requestId: verifyId };
        const verified = await grpc.verifyPasscode(guess);
        expect(sent).toMatchObject({ sessionId, sendsRemaining: 4 });
        expect(verified).toMatchObject({ status: Status.PENDING, attemptCount: 1 });
        expect(messages).toEqual([]);
        const { session } = await grpc.getSession({ sessionId });
        expect(session?.attemptCount).toBe(1);
      });
    });
  },
);
