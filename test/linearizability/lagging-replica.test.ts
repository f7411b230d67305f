import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { outcomeOf, refusalOf } from "../attack/outcome.ts";
import { tally } from "../proof/effort.ts";
import {
  codeIn,
  type PasscodeClient,
  startService,
  type TestService,
  wrongCode,
} from "../support/service.ts";
import { ReplicatedRedis } from "./replicated.ts";

/** A service on a primary with a replica, and its users. */
class Site {
  readonly redis: ReplicatedRedis;
  readonly #service: TestService;
  #phones = 0;

  static async start(primarySettings: readonly string[] = []): Promise<Site> {
    const redis = await ReplicatedRedis.start(primarySettings);
    const topology = { kind: "single", url: redis.url } as const;
    const store = { kind: "redis", topology, tls: false, timeoutMs: 5_000 } as const;
    const site = new Site(redis, await startService({ store }));
    // The first call of a cold process may take longer than the store has, on a busy machine.
    await vi.waitFor(() => site.open());
    return site;
  }

  private constructor(redis: ReplicatedRedis, service: TestService) {
    this.redis = redis;
    this.#service = service;
  }

  get client(): PasscodeClient {
    return this.#service.clients.grpc;
  }

  freshPhone(): string {
    this.#phones += 1;
    return `+4179${4_000_000 + this.#phones}`;
  }

  messagesTo(phoneNumber: string) {
    return this.#service.messages.filter(({ to }) => to === phoneNumber);
  }

  async send(phoneNumber: string, more: { sessionId?: string; requestId?: string } = {}) {
    return await this.client.sendPasscode({
      destination: { case: "phoneNumber", value: phoneNumber },
      ...more,
    });
  }

  async open() {
    const phoneNumber = this.freshPhone();
    const { sessionId } = await this.send(phoneNumber);
    return { phoneNumber, sessionId, code: codeIn(this.messagesTo(phoneNumber)[0]) };
  }

  verify(sessionId: string, code: string): Promise<string> {
    return outcomeOf(this.client.verifyPasscode({ sessionId, code }));
  }

  async attempts(sessionId: string): Promise<number | undefined> {
    return (await this.client.getSession({ sessionId })).session?.attemptCount;
  }

  /** The replica takes over, and the service has found it. */
  async failOver(): Promise<void> {
    await this.redis.failOver();
    await vi.waitFor(() => this.open());
    tally("linearizability", { faults: 1 });
  }

  async stop(): Promise<void> {
    await this.#service.stop();
    await this.redis.stop();
  }
}

type Opened = Awaited<ReturnType<Site["open"]>>;

/** Hands in this many wrong codes, different ones. */
async function guess(site: Site, { sessionId, code }: Opened, times: number, from = 1): Promise<string[]> {
  const outcomes: string[] = [];
  for (let step = from; step < from + times; step += 1) {
    outcomes.push(await site.verify(sessionId, wrongCode(code, step)));
  }
  return outcomes;
}

describe("When a replica takes over that had not received the latest changes", () => {
  let site: Site;
  let guessed: Opened;
  let approved: Opened;
  let opened: Opened;
  const request = { requestId: randomUUID() };
  let manyPhone: string;
  let repeatedPhone: string;

  beforeAll(async () => {
    site = await Site.start();
    guessed = await site.open();
    approved = await site.open();
    manyPhone = site.freshPhone();
    repeatedPhone = site.freshPhone();
    await guess(site, guessed, 2);
    for (const _ of [1, 2, 3]) await site.send(manyPhone);
    await site.redis.isInStep();

    site.redis.silenceReplica();
    await guess(site, guessed, 2, 3);
    await site.verify(approved.sessionId, approved.code);
    opened = await site.open();
    for (const _ of [1, 2]) await site.send(manyPhone);
    await site.send(repeatedPhone, request);

    await site.failOver();
  });
  afterAll(() => site?.stop());

  test("a session opened in the lag is not found, in any way, rather than fresh", async () => {
    const { sessionId, code, phoneNumber } = opened;
    const outcomes = [
      await site.verify(sessionId, code),
      await site.verify(sessionId, wrongCode(code)),
      await site.send(phoneNumber, { sessionId }).catch(refusalOf),
      await site.client.getSession({ sessionId }).catch(refusalOf),
      await site.client.cancelSession({ sessionId }).catch(refusalOf),
    ];
    expect(outcomes).toEqual(Array(5).fill("SESSION_NOT_FOUND"));
    expect(site.messagesTo(phoneNumber)).toHaveLength(1);
  });

  test("the tries used in the lag are given back, and no others", async () => {
    expect(await site.attempts(guessed.sessionId)).toBe(2);
    const outcomes = await guess(site, guessed, 4, 5);
    expect(outcomes).toEqual(["WRONG_CODE", "WRONG_CODE", "ATTEMPTS_EXHAUSTED", "ATTEMPTS_EXHAUSTED"]);
    expect(await site.attempts(guessed.sessionId)).toBe(5);
  });

  test("a code approved in the lag is approved once more, and then no more", async () => {
    const { sessionId, code } = approved;
    const outcomes = [await site.verify(sessionId, code), await site.verify(sessionId, code)];
    expect(outcomes).toEqual(["APPROVED", "SESSION_APPROVED"]);
  });

  test("the sends made in the lag are given back, and no others", async () => {
    const more = [];
    for (const _ of [1, 2, 3]) more.push(await outcomeOf(site.send(manyPhone)));
    expect(more).toEqual(["PENDING", "PENDING", "SEND_LIMIT"]);
    expect(site.messagesTo(manyPhone)).toHaveLength(5 + 2);
  });

  test("a request made in the lag and repeated is a new one", async () => {
    expect(await outcomeOf(site.send(repeatedPhone, request))).toBe("PENDING");
    expect(await outcomeOf(site.send(repeatedPhone, request))).toBe("PENDING");
    expect(site.messagesTo(repeatedPhone)).toHaveLength(2);
  });
});

describe("With min-replicas-to-write 1 and min-replicas-max-lag 1", () => {
  test.each<[string, (redis: ReplicatedRedis) => void]>([
    ["is cut off", (redis) => redis.cutReplicaOff()],
    ["falls silent", (redis) => redis.silenceReplica()],
  ])(
    "nothing is sent or compared soon after the replica %s, and only what was counted in between is lost",
    async (_, lose) => {
      const site = await Site.start(["min-replicas-to-write 1", "min-replicas-max-lag 1"]);
      // On a busy machine a replica that is there may be missed for a moment, too.
      const before = await vi.waitFor(() => site.open());
      await vi.waitFor(async () => expect(await guess(site, before, 1)).toEqual(["WRONG_CODE"]));
      await site.redis.isInStep();

      lose(site.redis);
      const between: Opened[] = [];
      await vi.waitFor(async () => {
        const opening = site.open();
        opening.then((opened) => between.push(opened)).catch(() => {});
        expect(await opening.catch(refusalOf)).toBe("STORE_UNAVAILABLE");
      });
      await site.redis.replicaIsMissed();
      const outcomes = [
        await outcomeOf(site.send(before.phoneNumber)),
        await outcomeOf(site.send(before.phoneNumber, { sessionId: before.sessionId })),
        await outcomeOf(site.send(before.phoneNumber, { requestId: randomUUID() })),
        ...(await guess(site, before, 1, 2)),
        await site.verify(before.sessionId, before.code),
      ];
      const messages = site.messagesTo(before.phoneNumber);
      await site.failOver();

      expect(outcomes).toEqual(Array(5).fill("STORE_UNAVAILABLE"));
      expect(messages).toHaveLength(1);
      expect(await site.attempts(before.sessionId)).toBe(1);
      const fates: string[] = [];
      for (const { sessionId, code } of between) fates.push(await site.verify(sessionId, code));
      expect(fates).toEqual(fates.toSorted()); // The later ones are lost, if any.
      expect(new Set([...fates, "APPROVED", "SESSION_NOT_FOUND"]).size).toBe(2);
      await site.stop();
    },
  );
});
