import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PasscodeService } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { http } from "../rpc/wire.ts";
import { outcomeOf } from "./outcome.ts";
import { codeHanded } from "./vendor-callbacks.ts";
import { publicUrl, ServiceAtVendors } from "./vendors.ts";
import { World } from "./world.ts";

/** What scanners, previews and browsers send of themselves. */
const verbs = ["GET", "HEAD", "OPTIONS"];

describe.each(["memory", "Redis"] as const)("Opening the URLs of a service, on %s,", (store) => {
  let service: ServiceAtVendors;
  beforeAll(async () => {
    service = await ServiceAtVendors.start(store);
  });
  afterAll(() => service.end());

  const profile = "twilio";

  /** An SMS and a call under way in one session, and the URLs that were told with them. */
  async function underWay() {
    const destination = { case: "phoneNumber", value: "+41795000001" } as const;
    const { sessionId } = await service.client.sendPasscode({ profile, destination });
    const sms = service.vendors.requests.at(-1);
    await service.client.sendPasscode({ profile, destination, sessionId, channel: Channel.VOICE });
    const call = service.vendors.requests.at(-1);
    if (sms === undefined || call === undefined) throw new Error("the vendor was handed nothing");
    const urls = [sms, call].flatMap(({ body }) =>
      decodeURIComponent(body).match(new RegExp(`${publicUrl}/[\\w/-]+`, "g")),
    );
    const paths = urls.map((url) => url?.slice(publicUrl.length) ?? "");
    return {
      sessionId,
      code: codeHanded(profile, sms),
      paths,
    };
  }

  it("changes nothing, whichever it is", async () => {
    const { sessionId, code, paths } = await underWay();
    expect(paths.map((path) => path.split("/")[1])).toEqual(["reports", "calls", "reports"]);
    const read = async () => (await service.client.getSession({ profile, sessionId })).session;
    const before = await read();
    const handedBefore = service.vendors.requests.length;

    const message = JSON.stringify({ profile, sessionId, code, phoneNumber: "+41795000001" });
    const query = `?${new URLSearchParams({ connect: "v1", encoding: "json", message })}`;
    const procedures = PasscodeService.methods.map(({ name }) => `/${PasscodeService.typeName}/${name}`);
    const answers: { path: string; status: number; text: string }[] = [];
    for (const { ports } of service.instances) {
      for (const path of [...procedures, "/", "/healthz", "/reports/twilio", ...paths]) {
        for (const verb of verbs) {
          for (const port of [ports.http, ports.callbacks]) {
            answers.push({ path, ...(await http(port, { verb, path: `${path}${query}` })) });
          }
        }
      }
    }

    expect(answers.filter(({ text }) => text.includes(code))).toEqual([]);
    const ofVendors = answers.filter(({ path }) => paths.includes(path)).map(({ status }) => status);
    // One port has no such pages, the other takes no such requests.
    expect(new Set(ofVendors)).toEqual(new Set([404, 405]));
    expect(service.vendors.requests).toHaveLength(handedBefore);
    expect(await read()).toEqual(before);
    expect(await outcomeOf(service.client.verifyPasscode({ profile, sessionId, code }))).toBe("APPROVED");
  });
});

describe("A message", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start("memory");
  });
  afterAll(() => world.end());

  it.each(["en", "de", "ar"])("has no link to open, in the wording that is built in (%s)", async (locale) => {
    const destination = { case: "phoneNumber", value: world.freshPhone() } as const;
    const transaction = { amount: "12 EUR", payee: "Bob" };
    await world.way(0).sendPasscode({ destination, locale, transaction });
    await world.way(1).sendPasscode({ destination, locale, transaction, channel: Channel.VOICE });
    const email = { case: "email", value: `kim-${locale}@example.com` } as const;
    await world.way(0).sendPasscode({ destination: email, locale, transaction });

    const messages = [...world.messagesTo(destination.value), ...world.messagesTo(email.value)];
    const texts = messages.flatMap(({ text, subject = "", html = "" }) => [text, subject, html]);
    expect(messages).toHaveLength(3);
    expect(texts.filter((text) => /:\/\/|www\.|href|<a\b|<form\b|url\(|src=/i.test(text))).toEqual([]);
  });
});
