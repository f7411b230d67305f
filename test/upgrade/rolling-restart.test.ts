import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { tally } from "../proof/effort.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { wrongCode } from "../support/service.ts";
import { earlierReleases } from "./earlier-release.ts";
import { type Release, TwoReleases } from "./two-releases.ts";

const directions: [Release, Release][] = [
  ["earlier", "this"],
  ["this", "earlier"],
];

describe.each(earlierReleases)("Beside $name, on one Redis:", ({ commit }) => {
  let redis: RedisServer;
  let releases: TwoReleases;
  beforeAll(async () => {
    redis = await startRedis();
    releases = new TwoReleases(commit, `{kind: redis, url: "${redis.url}"}`);
    await Promise.all([releases.start("earlier"), releases.start("this")]);
  }, 60_000);
  afterAll(async () => {
    tally("upgrade", { "earlier versions": 1 });
    await releases?.end();
    await redis?.stop();
  });

  describe.each(directions)("what the %s release begins, %s release goes on with:", (first, second) => {
    it("a code that one sent is approved by the other, once between them", async () => {
      const { sessionId, code } = await releases.open(first);
      const approved = await releases.of(second).call("VerifyPasscode", { sessionId, code });
      const again = await releases.of(first).call("VerifyPasscode", { sessionId, code });
      expect(approved.answer).toMatchObject({ status: "STATUS_APPROVED", attemptCount: 1 });
      expect(again.reason).toBe("SESSION_APPROVED");
    });

    it("five tries are five between them, and both hold the cooldown", async () => {
      const { phoneNumber, sessionId, code } = await releases.open(first);
      const counts = [];
      for (const [index, release] of [first, second, first, second, first].entries()) {
        const guess = wrongCode(code, index + 1);
        const { answer } = await releases.of(release).call("VerifyPasscode", { sessionId, code: guess });
        counts.push(answer.attemptCount);
      }
      const right = await releases.of(second).call("VerifyPasscode", { sessionId, code });
      const sends = [first, second].map((release) =>
        releases.of(release).call("SendPasscode", { phoneNumber }),
      );
      expect(counts).toEqual([1, 2, 3, 4, 5]);
      expect(right.answer).toMatchObject({
        status: "STATUS_REJECT",
        reason: "STATUS_REASON_ATTEMPTS_EXHAUSTED",
      });
      expect((await Promise.all(sends)).map(({ reason }) => reason)).toEqual(["COOLDOWN", "COOLDOWN"]);
    });

    it("a resend has the code of the first message, restores no try and moves no expiry", async () => {
      const { phoneNumber, sessionId, code } = await releases.open(first);
      await releases.of(first).call("VerifyPasscode", { sessionId, code: wrongCode(code) });
      const before = (await releases.of(first).call("GetSession", { sessionId })).answer.session;

      const resent = await releases.of(second).call("SendPasscode", { phoneNumber, sessionId });

      const after = (await releases.of(first).call("GetSession", { sessionId })).answer.session;
      expect(resent.answer).toMatchObject({ sessionId, attemptCount: 1, attemptsRemaining: 4 });
      expect(after).toMatchObject({ attemptCount: 1 });
      expect(after).toHaveProperty("expireTime", (before as { expireTime?: unknown }).expireTime);
      await vi.waitFor(() => expect(releases.messagesTo(phoneNumber)).toHaveLength(2));
      const [one, other] = releases.messagesTo(phoneNumber);
      expect(other?.text).toBe(one?.text);
    });

    it("five sends a minute are five between them", async () => {
      const phoneNumber = releases.freshPhone();
      const codes = [];
      for (const release of [first, second, first, second, first, second, first]) {
        codes.push((await releases.of(release).call("SendPasscode", { phoneNumber })).reason ?? "sent");
      }
      expect(codes).toEqual(["sent", "sent", "sent", "sent", "sent", "SEND_LIMIT", "SEND_LIMIT"]);
    });

    it("a repeated request gets its first answer, and sends and compares nothing more", async () => {
      const send = { phoneNumber: releases.freshPhone(), requestId: randomUUID() };
      const sent = await releases.of(first).call("SendPasscode", send);
      const code = await releases.codeSentTo(send.phoneNumber);
      const { sessionId } = sent.answer;
      const guess = { sessionId, code: wrongCode(code), requestId: randomUUID() };
      const guessed = await releases.of(first).call("VerifyPasscode", guess);

      const sentAgain = await releases.of(second).call("SendPasscode", send);
      const guessedAgain = await releases.of(second).call("VerifyPasscode", guess);
      const reused = await releases.of(second).call("SendPasscode", { ...send, purpose: "payment" });

      expect(sentAgain.answer).toMatchObject({ sessionId, sendsRemaining: sent.answer.sendsRemaining });
      expect(guessedAgain.answer).toMatchObject({ attemptCount: guessed.answer.attemptCount });
      expect(reused.reason).toBe("REQUEST_ID_REUSED");
      expect(releases.messagesTo(send.phoneNumber)).toHaveLength(1);
    });

    it("a canceled session is dead on both", async () => {
      const { sessionId, code } = await releases.open(first);
      await releases.of(second).call("CancelSession", { sessionId });
      const verified = await releases.of(first).call("VerifyPasscode", { sessionId, code });
      expect(verified.answer).toMatchObject({ status: "STATUS_REJECT", reason: "STATUS_REASON_CANCELED" });
    });
  });
});

describe.each(earlierReleases)("A SQLite file of $name", ({ commit }) => {
  let releases: TwoReleases;
  beforeAll(() => {
    releases = new TwoReleases(commit, "{kind: sqlite, path: passcode.db}");
  });
  afterAll(() => releases?.end());

  it("goes on with this one, and back: sessions, tries and request ids stay", async () => {
    await releases.start("earlier");
    const request = { phoneNumber: releases.freshPhone(), requestId: randomUUID() };
    const { sessionId } = (await releases.of("earlier").call("SendPasscode", request)).answer;
    const code = await releases.codeSentTo(request.phoneNumber);
    await releases.of("earlier").call("VerifyPasscode", { sessionId, code: wrongCode(code, 1) });
    await releases.stop("earlier");

    await releases.start("this");
    const second = await releases.of("this").call("VerifyPasscode", { sessionId, code: wrongCode(code, 2) });
    await releases.stop("this");

    await releases.start("earlier");
    const repeated = await releases.of("earlier").call("SendPasscode", request);
    const third = await releases.of("earlier").call("VerifyPasscode", { sessionId, code });

    expect(second.answer).toMatchObject({ status: "STATUS_PENDING", attemptCount: 2 });
    expect(repeated.answer.sessionId).toBe(sessionId);
    expect(third.answer).toMatchObject({ status: "STATUS_APPROVED", attemptCount: 3 });
  }, 60_000);
});
