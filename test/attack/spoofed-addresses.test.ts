import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wrongCode } from "../support/service.ts";
import { outcomeOf, tally } from "./outcome.ts";
import { World } from "./world.ts";

/** What proxies and networks say of where a call comes from, and a caller can say as well. */
const headers: readonly (readonly [name: string, value: (n: number) => string])[] = [
  ["x-forwarded-for", (n) => `198.51.100.${n}`],
  ["x-forwarded-for", (n) => `198.51.100.${n}, 127.0.0.1`],
  ["x-forwarded-for", (n) => `127.0.0.1, 198.51.100.${n}`],
  ["x-forwarded-for", () => "not an address"],
  ["x-forwarded-for", () => ""],
  ["x-forwarded-for", (n) => Array.from({ length: 300 }, (_, at) => `10.0.${at % 256}.${n}`).join(",")],
  ["forwarded", (n) => `for="[2001:db8::${n}]";proto=https;by=203.0.113.43`],
  ["x-real-ip", (n) => `198.51.100.${n}`],
  ["true-client-ip", (n) => `198.51.100.${n}`],
  ["cf-connecting-ip", (n) => `198.51.100.${n}`],
  ["x-client-ip", () => "127.0.0.1"],
  ["x-forwarded-host", (n) => `tenant-${n}.example`],
  ["x-envoy-external-address", (n) => `198.51.100.${n}`],
];

/** One address in many spellings, and many addresses of one network. */
const spellings: readonly (readonly [what: string, address: (n: number) => string])[] = [
  ["one address, as it is and mapped into IPv6", (n) => ["192.0.2.1", "::ffff:192.0.2.1"][n % 2] ?? ""],
  [
    "one IPv6 address, shortened or not, in either case",
    (n) => ["2001:db8::a", "2001:DB8:0:0:0:0:0:A", "2001:0db8::000a"][n % 3] ?? "",
  ],
  ["addresses of one /64", () => `2001:db8:1:2:${groups(4)}`],
  ["addresses of networks all over", () => `2${groups(1).slice(1)}:${groups(7)}`],
  ["no address", () => ""],
  ["addresses of this very machine", (n) => ["127.0.0.1", "::1", "0.0.0.0"][n % 3] ?? ""],
];

function groups(count: number): string {
  return Array.from({ length: count }, () => randomBytes(2).toString("hex")).join(":");
}

describe.each(["memory", "Redis"] as const)("A caller's word on where a call comes from, on %s,", (store) => {
  let world: World;
  beforeAll(async () => {
    world = await World.start(store);
  });
  afterAll(() => world.end());

  const sendTo = (value: string) => ({ destination: { case: "phoneNumber", value } as const });

  it.each(headers)("in the header %s (%#) frees no send and no try, and takes none", async (name, value) => {
    const { sessionId, code, phoneNumber } = await world.open();
    const say = (n: number) => ({ headers: { [name]: value(n) } });

    const sent = world.together(8, (client, n) =>
      outcomeOf(client.sendPasscode(sendTo(phoneNumber), say(n))),
    );
    expect(await tally(sent)).toEqual({ PENDING: 4, SEND_LIMIT: 4 });
    const compared = world.together(12, (client, n) =>
      outcomeOf(client.verifyPasscode({ sessionId, code: wrongCode(code, n + 1) }, say(n))),
    );
    expect(await tally(compared)).toEqual({ WRONG_CODE: 4, ATTEMPTS_EXHAUSTED: 6, VERIFY_LIMIT: 2 });
  });

  it.each(spellings)("as %s in `end_user`, frees no send and takes none", async (_, address) => {
    const phoneNumber = world.freshPhone();
    const sent = world.together(12, (client, n) =>
      outcomeOf(client.sendPasscode({ ...sendTo(phoneNumber), endUser: { ipAddress: address(n) } })),
    );
    expect(await tally(sent)).toEqual({ PENDING: 5, SEND_LIMIT: 7 });
  });

  it("as a thousand addresses of one /64 frees no send", async () => {
    const phoneNumber = world.freshPhone();
    const addresses = Array.from({ length: 1_000 }, () => `2001:db8:1:2:${groups(4)}`);
    expect(addresses.every(isIPv6)).toBe(true);

    const sent = world.together(1_000, (client, n) =>
      outcomeOf(client.sendPasscode({ ...sendTo(phoneNumber), endUser: { ipAddress: addresses[n] ?? "" } })),
    );

    expect(await tally(sent)).toEqual({ PENDING: 5, SEND_LIMIT: 995 });
  });

  it("takes nothing from others: one address may have codes sent to many destinations", async () => {
    const say = { headers: { "x-forwarded-for": "192.0.2.7" } };
    const sent = world.together(50, (client) =>
      outcomeOf(
        client.sendPasscode({ ...sendTo(world.freshPhone()), endUser: { ipAddress: "192.0.2.7" } }, say),
      ),
    );
    expect(await tally(sent)).toEqual({ PENDING: 50 });
  });

  it.each(["1.2.3", "1.2.3.4.5", "::ffff:1.2.3.4:80", "localhost", "1.2.3.4\n"])(
    "is refused as %j, which is no address, and sends nothing",
    async (ipAddress) => {
      const phoneNumber = world.freshPhone();
      const sent = await outcomeOf(
        world.way(1).sendPasscode({ ...sendTo(phoneNumber), endUser: { ipAddress } }),
      );
      expect(sent).toBe("INVALID_REQUEST");
      expect(world.messagesTo(phoneNumber)).toEqual([]);
    },
  );
});
