import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Reply } from "../e2e/caller.ts";
import { tally } from "../proof/effort.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { wrongCode } from "../support/service.ts";
import { earlierReleases } from "./earlier-release.ts";
import { type Release, TwoReleases } from "./two-releases.ts";

/** How many sessions are guessed at side by side. */
const attackers = 8;
/** How many sessions are attacked before the restart begins, and after it. */
const sessionsOfEach = 16;

const patience = { timeout: 30_000, interval: 5 };

describe.each(earlierReleases)("While $name is replaced by this one under load", ({ commit }) => {
  let redis: RedisServer;
  let releases: TwoReleases;
  beforeAll(async () => {
    redis = await startRedis();
    releases = new TwoReleases(commit, `{kind: redis, url: "${redis.url}"}`);
    await releases.start("earlier");
  }, 60_000);
  afterAll(async () => {
    await releases?.end();
    await redis?.stop();
  });

  it("no session gets a sixth comparison, none is approved twice, and none is lost", async () => {
    let release: Release = "earlier";
    let isOver = false;
    const attacked = new Map<string, Reply[]>();
    const guess = async (sessionId: string, code: string) => {
      const replies: Reply[] = [];
      attacked.set(sessionId, replies);
      // The third guess and those after it are right: all at once, one is to be approved.
      const guesses = [wrongCode(code, 1), wrongCode(code, 2), code, code, code, code, code];
      const calls = guesses.map((guessed) =>
        releases.of(release).call("VerifyPasscode", { sessionId, code: guessed }),
      );
      replies.push(...(await Promise.all(calls)));
    };
    const attack = async () => {
      while (!isOver) {
        const { sessionId, code } = await releases.open(release);
        await guess(sessionId, code);
      }
    };

    const attacks = Array.from({ length: attackers }, attack);
    await vi.waitUntil(() => attacked.size >= sessionsOfEach, patience);
    await releases.start("this");
    release = "this";
    const before = attacked.size;
    await vi.waitUntil(() => attacked.size >= before + sessionsOfEach, patience);
    isOver = true;
    await Promise.all(attacks);
    await releases.stop("earlier");
    const read = [...attacked.keys()].map((sessionId) =>
      releases.of("this").call("GetSession", { sessionId }),
    );
    const sessions = (await Promise.all(read)).map(({ answer }) => answer.session);

    const approvals = [...attacked.values()].map(
      (replies) => replies.filter(({ answer }) => answer.status === "STATUS_APPROVED").length,
    );
    tally("upgrade", { operations: attacked.size * 9 });
    expect(approvals).toEqual(approvals.map(() => 1));
    expect(sessions.map((session) => session?.status)).toEqual(sessions.map(() => "STATUS_APPROVED"));
    expect(sessions.filter((session) => (session?.attemptCount ?? 6) > 5)).toEqual([]);
  }, 60_000);
});
