import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { effort } from "../proof/effort.ts";
import { type PasscodeClient, wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

/** The n-th of many addresses all over the Internet. */
function addressOf(n: number): string {
  return `${20 + (n % 80)}.${(n >> 8) % 256}.${n % 256}.${1 + (n % 250)}`;
}

/** What a proxy says of the n-th address. */
function from(n: number) {
  return { headers: { "x-forwarded-for": addressOf(n) } };
}

const guessingAddresses = Math.min(5_000, 1_000 * effort);

describe.each([
  ["memory", 5_000],
  ["Redis", guessingAddresses],
] as const)("An attacker on %s with %i addresses", (store, addresses) => {
  let world: World;
  beforeAll(async () => {
    // In memory all of it happens in the same minute, however slow the machine is.
    const clock = { nowMs: () => Date.UTC(2026, 0, 1) };
    world = await World.start(store, {}, store === "memory" ? { instances: [{ clock }] } : {});
  });
  afterAll(() => world.end());

  /** One call from each of so many addresses, a hundred at a time. */
  async function fromEach(count: number, call: (client: PasscodeClient, n: number) => Promise<string>) {
    const outcomes: Promise<string>[] = [];
    for (let n = 0; n < count; n += 1) {
      outcomes.push(call(world.way(n), n));
      if (n % 100 === 99) await Promise.all(outcomes.slice(-100));
    }
    return await tally(outcomes);
  }

  it("has five messages sent to a destination, as with one", async () => {
    const phoneNumber = world.freshPhone();
    const destination = { case: "phoneNumber", value: phoneNumber } as const;

    const outcomes = await fromEach(addresses, (client, n) =>
      outcomeOf(client.sendPasscode({ destination, endUser: { ipAddress: addressOf(n) } }, from(n))),
    );

    expect(outcomes).toEqual({ PENDING: 5, SEND_LIMIT: addresses - 5 });
    expect(world.messagesTo(phoneNumber)).toHaveLength(5);
  });

  it("has five codes compared in a session, as with one", async () => {
    const { sessionId, code } = await world.open();

    const outcomes = await fromEach(guessingAddresses, (client, n) =>
      outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code, n + 1) }, from(n))),
    );

    expect(outcomes).toEqual({ WRONG_CODE: 4, ATTEMPTS_EXHAUSTED: 6, VERIFY_LIMIT: guessingAddresses - 10 });
    expect(await world.attempts({ sessionId })).toBe(5);
  });
});

describe.each(["memory", "Redis"] as const)(
  "An attacker on %s whose connections come from 50 addresses",
  (store) => {
    let world: World;
    let clients: PasscodeClient[];
    beforeAll(async () => {
      world = await World.start(store);
      clients = Array.from({ length: 50 }, (_, n) => {
        const baseUrl = `http://127.0.0.1:${world.ports[n % world.ports.length]?.http}`;
        const nodeOptions = { localAddress: `127.0.1.${n + 1}` };
        return createClient(
          PasscodeService,
          createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
        );
      });
    });
    afterAll(() => world.end());

    it("has five messages sent and five codes compared", async () => {
      const { sessionId, code, phoneNumber } = await world.open();
      const destination = { case: "phoneNumber", value: phoneNumber } as const;

      const compared = clients.map((client, n) =>
        outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code, n + 1) })),
      );
      expect(await tally(compared)).toEqual({ WRONG_CODE: 4, ATTEMPTS_EXHAUSTED: 6, VERIFY_LIMIT: 40 });

      const another = world.freshPhone();
      const sent = clients.map((client) =>
        outcomeOf(client.sendPasscode({ destination: { ...destination, value: another } })),
      );
      expect(await tally(sent)).toEqual({ PENDING: 5, SEND_LIMIT: 45 });
      expect(world.messagesTo(another)).toHaveLength(5);
    });
  },
);
