import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { DeliveryState, Status } from "../../gen/passcode/v1/session_pb.ts";
import { replaceScript } from "../../src/store/redis-scripts.ts";
import { codeIn, wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { type OpenSession, World } from "./world.ts";

/** Long enough for a Redis that answers to be heard on a busy machine: these tests are of one that does not. */
const storeTimeoutMs = 2_000;

async function isBack(world: World): Promise<void> {
  for (const client of world.clients) await vi.waitFor(() => world.open({ client }));
}

interface Outage {
  begin(world: World): Promise<void> | void;
  end(world: World): Promise<void> | void;
}

const passingOutages: [string, Outage][] = [
  ["frozen", { begin: ({ redis }) => redis?.pause(), end: ({ redis }) => redis?.resume() }],
  ["cut off", { begin: ({ relay }) => relay?.cut(), end: ({ relay }) => relay?.mend() }],
  ["not heard", { begin: ({ relay }) => relay?.loseAnswers(), end: ({ relay }) => relay?.mend() }],
];
const outages: [string, Outage][] = [
  ...passingOutages,
  ["killed", { begin: ({ redis }) => redis?.kill(), end: ({ redis }) => redis?.restart() }],
];

describe("While Redis is", () => {
  let world: World;
  let live: OpenSession;
  beforeEach(async () => {
    world = await World.start("Redis", {}, { storeTimeoutMs });
    live = await world.open();
  });
  afterEach(() => world.end());

  /** Everything that needs counting, by every way in. */
  function everything(): Promise<string>[] {
    const { sessionId, code, phoneNumber } = live;
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    return [
      ...world.together(4, (client) => outcomeOf(client.sendPasscode({ destination }))),
      ...world.together(4, (client) => outcomeOf(client.sendPasscode({ destination, sessionId }))),
      ...world.together(4, (client) =>
        outcomeOf(client.sendPasscode({ destination, requestId: randomUUID() })),
      ),
      ...world.together(4, (client) => outcomeOf(client.verifyPasscode({ sessionId, code }))),
      ...world.together(4, (client) =>
        outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code), requestId: randomUUID() })),
      ),
    ];
  }

  it.each(outages)("%s, nothing is sent and nothing compared", async (_, outage) => {
    await outage.begin(world);

    const outcomes = await tally(everything());

    expect(outcomes).toEqual({ STORE_UNAVAILABLE: 20 });
    expect(world.messages).toHaveLength(1);
    await outage.end(world);
  });

  it.each(passingOutages)("%s, a code in hand loses no try, and works when it is over", async (_, outage) => {
    await outage.begin(world);
    await tally(everything());
    await outage.end(world);
    await isBack(world);

    expect(await world.attempts(live)).toBe(0);
    const { sessionId, code } = live;
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("APPROVED");
  });

  it("killed, sessions are lost with it, and none comes back as a fresh one", async () => {
    await world.redis?.kill();
    await tally(everything());
    await world.redis?.restart();
    await isBack(world);

    const { sessionId, code } = live;
    expect(await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }))).toBe("SESSION_NOT_FOUND");
  });
});

describe("When Redis goes in the midst of a call", () => {
  let world: World;
  let live: OpenSession;
  const beforeAccepted = vi.fn(async () => {});
  beforeAll(async () => {
    world = await World.start("Redis", {}, { storeTimeoutMs, instances: [{ beforeAccepted }] });
  });
  beforeEach(async () => {
    live = await world.open();
  });
  afterEach(async () => {
    beforeAccepted.mockReset();
    world.relay?.mend();
    await isBack(world);
  });
  afterAll(() => world.end());

  /** Redis takes the next replacement of a record, and its word for it is lost. */
  function loseAcknowledgement(): void {
    world.relay?.before(replaceScript.sha, () => world.relay?.loseAnswers());
  }

  /** A request with an id is first told from a decision that is not written, then claimed, then decided. */
  function onceClaimed(action: () => void): void {
    const ledger = "passcode:1:ledger:";
    world.relay?.before(ledger, () => world.relay?.before(ledger, action));
  }

  it("a send whose count was not acknowledged does not leave, and counts", async () => {
    const phoneNumber = world.freshPhone();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    loseAcknowledgement();

    const lost = await outcomeOf(world.way(0).sendPasscode({ destination }));
    world.relay?.mend();
    await isBack(world);
    const next = await world.way(0).sendPasscode({ destination });

    expect(lost).toBe("STORE_UNAVAILABLE");
    expect(world.messagesTo(phoneNumber)).toHaveLength(1);
    expect(next.sendsRemaining).toBe(3);
  });

  it("a wrong code whose count was not acknowledged stays counted", async () => {
    const { sessionId, code } = live;
    loseAcknowledgement();

    const lost = await outcomeOf(world.way(0).verifyPasscode({ sessionId, code: wrongCode(code) }));
    world.relay?.mend();
    await isBack(world);

    expect(lost).toBe("STORE_UNAVAILABLE");
    expect(await world.attempts({ sessionId })).toBe(1);
  });

  it("an approval that was not acknowledged is told to nobody but the same request", async () => {
    const { sessionId, code } = live;
    const request = { sessionId, code, requestId: randomUUID() };
    onceClaimed(loseAcknowledgement);

    const lost = await outcomeOf(world.way(0).verifyPasscode(request));
    world.relay?.mend();
    await isBack(world);
    const other = await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }));
    const same = await outcomeOf(world.way(1).verifyPasscode(request));

    expect(lost).toBe("STORE_UNAVAILABLE");
    expect(other).toBe("SESSION_APPROVED");
    expect(same).toBe("APPROVED");
  });

  it("a request claimed but not counted is done when it is repeated, once", async () => {
    const phoneNumber = world.freshPhone();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;
    const request = { destination, requestId: randomUUID() };
    onceClaimed(() => world.relay?.cut());

    const lost = await outcomeOf(world.way(0).sendPasscode(request));
    const sentMeanwhile = world.messagesTo(phoneNumber).length;
    world.relay?.mend();
    await isBack(world);
    const repeated = await world.way(1).sendPasscode(request);
    const again = await world.way(0).sendPasscode(request);

    expect(lost).toBe("STORE_UNAVAILABLE");
    expect(sentMeanwhile).toBe(0);
    expect(again).toEqual(repeated);
    expect(world.messagesTo(phoneNumber)).toHaveLength(1);
  });

  it("a message whose fate cannot be recorded is told as sent, and not sent again", async () => {
    const phoneNumber = world.freshPhone();
    const request = {
      destination: { case: "phoneNumber", value: phoneNumber },
      requestId: randomUUID(),
    } as const;
    beforeAccepted.mockImplementationOnce(async () => world.relay?.cut());

    const { sessionId, status } = await world.way(0).sendPasscode(request);
    world.relay?.mend();
    await isBack(world);
    const repeated = await outcomeOf(world.way(1).sendPasscode(request));
    const read = await world.way(0).getSession({ sessionId });
    const code = codeIn(world.messagesTo(phoneNumber)[0]);
    const verified = await outcomeOf(world.way(1).verifyPasscode({ sessionId, code }));

    expect(status).toBe(Status.PENDING);
    expect(read.session?.deliveries.map(({ state }) => state)).toEqual([DeliveryState.SENDING]);
    expect(repeated).toBe("REQUEST_IN_PROGRESS");
    expect(world.messagesTo(phoneNumber)).toHaveLength(1);
    expect(verified).toBe("APPROVED");
    expect(world.logLines.join("")).toContain("delivery outcome not recorded");
  });
});
