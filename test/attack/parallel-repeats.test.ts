import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Status } from "../../gen/passcode/v1/session_pb.ts";
import { codeIn, wrongCode } from "../support/service.ts";
import { outcomeOf, refusalOf, tally } from "./outcome.ts";
import { stores, World } from "./world.ts";

describe.each(stores)("50 calls with one request id released together, on %s", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  it("send one message, and tell of one session", async () => {
    const phoneNumber = world.freshPhone();
    const request = {
      destination: { case: "phoneNumber", value: phoneNumber },
      requestId: randomUUID(),
    } as const;

    const calls = await Promise.allSettled(world.together(50, (client) => client.sendPasscode(request)));

    const answers = calls.flatMap((call) => (call.status === "fulfilled" ? [call.value] : []));
    const refusals = calls.flatMap((call) => (call.status === "rejected" ? [refusalOf(call.reason)] : []));
    expect(new Set(refusals)).toEqual(new Set(refusals.length === 0 ? [] : ["REQUEST_IN_PROGRESS"]));
    expect(world.messagesTo(phoneNumber)).toHaveLength(1);
    const repeated = await world.way(3).sendPasscode(request);
    for (const answer of answers) expect(answer).toEqual(repeated);
    expect(world.messagesTo(phoneNumber)).toHaveLength(1);
    expect(repeated.sendsRemaining).toBe(4);
    const verified = await world
      .way(2)
      .verifyPasscode({ sessionId: repeated.sessionId, code: codeIn(world.messagesTo(phoneNumber)[0]) });
    expect(verified.status).toBe(Status.APPROVED);
  });

  it("and one destination each, send one message in all", async () => {
    const requestId = randomUUID();
    const phones = Array.from({ length: 50 }, () => world.freshPhone());
    const before = world.messages.length;

    const outcomes = world.together(50, (client, index) =>
      outcomeOf(
        client.sendPasscode({ destination: { case: "phoneNumber", value: phones[index] ?? "" }, requestId }),
      ),
    );

    expect(await tally(outcomes)).toEqual({ PENDING: 1, REQUEST_ID_REUSED: 49 });
    expect(world.messages.length - before).toBe(1);
  });

  it("and the same wrong code, compare once and answer alike", async () => {
    const { sessionId, code } = await world.open();
    const request = { sessionId, code: wrongCode(code), requestId: randomUUID() };

    const answers = await Promise.all(world.together(50, (client) => client.verifyPasscode(request)));

    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.attemptCount).toBe(1);
    expect(await world.attempts({ sessionId })).toBe(1);
  });

  it("and the right code, approve once and tell all of them", async () => {
    const { sessionId, code } = await world.open();
    const request = { sessionId, code, requestId: randomUUID() };

    const outcomes = world.together(50, (client) => outcomeOf(client.verifyPasscode(request)));

    expect(await tally(outcomes)).toEqual({ APPROVED: 50 });
    expect(await world.attempts({ sessionId })).toBe(1);
  });

  it("and different codes, compare one of them", async () => {
    const { sessionId, code } = await world.open();
    const requestId = randomUUID();

    const outcomes = world.together(50, (client, index) =>
      outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code, index + 1), requestId })),
    );

    expect(await tally(outcomes)).toEqual({ WRONG_CODE: 1, REQUEST_ID_REUSED: 49 });
    expect(await world.attempts({ sessionId })).toBe(1);
  });
});
