import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel, Status } from "../../gen/passcode/v1/session_pb.ts";
import { http } from "../rpc/wire.ts";
import { type Forgery, keyPressed, type Posting } from "./vendor-callbacks.ts";
import { askingForKeys, publicUrl, ServiceAtVendors } from "./vendors.ts";

const forgeries: readonly (readonly [name: string, forgery: Forgery])[] = [
  ["signed with another key", { otherKey: true }],
  ["of another account", { otherAccount: true }],
  ["changed after it was signed", { tamper: (body) => body.replace("5", "6") }],
];

/** A code as it is said, digit by digit, in whichever markup. */
const saysCode = /(?:>\d<.*){6}/s;

describe.each(["memory", "Redis"] as const)("A key press told to a service on %s", (store) => {
  let service: ServiceAtVendors;
  beforeAll(async () => {
    service = await ServiceAtVendors.start(store);
  });
  afterAll(() => service.end());

  let numbers = 0;
  async function call(profile: string) {
    numbers += 1;
    const destination = { case: "phoneNumber", value: `+4179${3_000_000 + numbers}` } as const;
    const sent = await service.client.sendPasscode({ profile, destination, channel: Channel.VOICE });
    const handed = decodeURIComponent(service.vendors.requests.at(-1)?.body ?? "");
    const path = new RegExp(`${publicUrl}(/calls/${profile}/[\\w-]+)`).exec(handed)?.[1] ?? "";
    return { profile, sessionId: sent.sessionId, path };
  }

  function press(vendor: string, path: string, forgery?: Forgery): Posting {
    const posting = keyPressed[vendor as keyof typeof keyPressed];
    if (posting === undefined) throw new Error(`${vendor} asks for no keys`);
    return posting(path, forgery);
  }

  const post = ({ path, headers, body }: Posting) =>
    http(service.reported.ports.callbacks, { verb: "POST", path, headers, body });

  describe.each(askingForKeys)("in the name of %s", (vendor) => {
    it.each(forgeries)("%s is refused, and told no code", async (_, forgery) => {
      const { path } = await call(vendor);
      const answer = await post(press(vendor, path, forgery));
      expect(answer.status).toBe(403);
      expect(answer.text).toBe("");
    });

    it("is told the code if it is genuine, and approves nothing", async () => {
      const { path, sessionId, profile } = await call(vendor);
      const answer = await post(press(vendor, path));
      expect(answer.text).toMatch(saysCode);
      const { session } = await service.client.getSession({ sessionId, profile });
      expect(session).toMatchObject({ status: Status.PENDING, attemptCount: 0 });
    });

    it("is told no code once the session has ended, however genuine and however often it is repeated", async () => {
      const { path, sessionId, profile } = await call(vendor);
      const pressed = press(vendor, path);
      await post(pressed);
      await service.client.cancelSession({ sessionId, profile });
      for (const answer of [await post(pressed), await post(pressed)]) {
        expect(answer.status).toBe(200);
        expect(answer.text).not.toMatch(saysCode);
      }
    });
  });
});
