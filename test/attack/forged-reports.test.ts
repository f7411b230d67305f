import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeliveryState, Status } from "../../gen/passcode/v1/session_pb.ts";
import { http } from "../rpc/wire.ts";
import { wrongCode } from "../support/service.ts";
import { outcomeOf } from "./outcome.ts";
import { type Outside, standOutside } from "./outside.ts";
import {
  codeHanded,
  deliveredReport,
  type Forgery,
  type Posting,
  referenceIn,
  snsSigners,
} from "./vendor-callbacks.ts";
import { ServiceAtVendors, type VendorName, vendorNames } from "./vendors.ts";

const dayMs = 24 * 3_600_000;
/** SendGrid says an event again for a day, SNS for an hour: older than both, and than the others. */
const tooOld: Forgery = { signedInMs: -dayMs - 60_000 };

const forgeries: readonly (readonly [name: string, forgery: Forgery, except: readonly VendorName[]])[] = [
  ["signed with another key", { otherKey: true }, []],
  [
    "changed after it was signed",
    { tamper: (body) => body.replace(/delivered|DELIVERED|Delivery/, "$& ") },
    [],
  ],
  // These two sign for an account by its key alone.
  ["of another account", { otherAccount: true }, ["sendgrid", "gateway"]],
  // Twilio signs no time. How long its reports can be repeated is bounded by the session.
  ["signed too long ago", tooOld, ["twilio"]],
  ["signed in the future", { signedInMs: 10 * 60_000 }, ["twilio"]],
];

let outside: Outside;
beforeAll(() => {
  outside = standOutside(snsSigners().sns.certificate);
});
afterAll(() => outside.restore());

describe.each(["memory", "Redis"] as const)("Reports to a service on %s", (store) => {
  let service: ServiceAtVendors;
  beforeAll(async () => {
    service = await ServiceAtVendors.start(store);
  });
  afterAll(() => service.end());

  let destinations = 0;
  /** A code on its way by the vendor: by SMS if it can, else by e-mail. */
  async function open(vendor: VendorName) {
    destinations += 1;
    const destination =
      vendor === "ses" || vendor === "sendgrid"
        ? ({ case: "email", value: `kim${destinations}@example.com` } as const)
        : ({ case: "phoneNumber", value: `+4179${2_000_000 + destinations}` } as const);
    const { sessionId } = await service.client.sendPasscode({ profile: vendor, destination });
    const handed = service.vendors.requests.at(-1);
    if (handed === undefined) throw new Error("the vendor was handed nothing");
    const code = codeHanded(vendor, handed);
    return { profile: vendor, sessionId, code, reference: referenceIn(handed) };
  }

  async function post({ path, headers, body }: Posting): Promise<number> {
    return (await http(service.reported.ports.callbacks, { verb: "POST", path, headers, body })).status;
  }

  async function read({ profile, sessionId }: { profile: string; sessionId: string }) {
    const { session } = await service.client.getSession({ profile, sessionId });
    return {
      status: session?.status,
      attempts: session?.attemptCount,
      deliveries: session?.deliveries.map(({ state }) => state),
    };
  }

  const accepted = { status: Status.PENDING, attempts: 0, deliveries: [DeliveryState.ACCEPTED] };
  const delivered = { status: Status.PENDING, attempts: 0, deliveries: [DeliveryState.DELIVERED] };

  describe.each(vendorNames)("in the name of %s", (vendor) => {
    it.each(forgeries.filter(([, , except]) => !except.includes(vendor)))(
      "%s are refused, and change nothing",
      async (_, forgery) => {
        const session = await open(vendor);
        expect(await post(deliveredReport[vendor](session.reference, forgery))).toBe(403);
        expect(await read(session)).toEqual(accepted);
      },
    );

    it("without a signature are refused, and change nothing", async () => {
      const session = await open(vendor);
      const { path, body } = deliveredReport[vendor](session.reference);
      // Most sign in a header, SNS in the body.
      const unsigned = { path, headers: {}, body: body.replace(/,"Signature":"[^"]*"/, "") };
      expect(await post(unsigned)).toBe(403);
      expect(await read(session)).toEqual(accepted);
    });

    it("that are genuine tell of the delivery, however often, and decide nothing", async () => {
      const session = await open(vendor);
      const { sessionId, profile, code } = session;
      const report = deliveredReport[vendor](session.reference);
      expect(await Promise.all([post(report), post(report), post(report)])).toEqual([200, 200, 200]);
      expect(await read(session)).toEqual(delivered);

      const call = { sessionId, profile };
      expect(await outcomeOf(service.client.verifyPasscode({ ...call, code: wrongCode(code) }))).toBe(
        "WRONG_CODE",
      );
      await post(report);
      expect(await outcomeOf(service.client.verifyPasscode({ ...call, code }))).toBe("APPROVED");
      await post(report);
      expect(await outcomeOf(service.client.verifyPasscode({ ...call, code }))).toBe("SESSION_APPROVED");
    });

    it("that are genuine revive no session that has ended", async () => {
      const session = await open(vendor);
      const { sessionId, profile, code } = session;
      await service.client.cancelSession({ sessionId, profile });
      expect(await post(deliveredReport[vendor](session.reference))).toBe(200);
      expect((await read(session)).status).toBe(Status.REJECT);
      expect(await outcomeOf(service.client.verifyPasscode({ sessionId, profile, code }))).toBe("CANCELED");
    });

    it("that are genuine say nothing of a message that another vendor was handed", async () => {
      const session = await open(vendor === "gateway" ? "twilio" : "gateway");
      expect(await post(deliveredReport[vendor](session.reference))).toBe(200);
      expect(await read(session)).toEqual(accepted);
    });
  });
});
