import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Channel } from "../../gen/passcode/v1/session_pb.ts";
import { type Element, parseXml } from "../delivery/twilio/xml.ts";
import { failureOf } from "../support/failure.ts";
import { textHanded } from "./vendor-callbacks.ts";
import { ServiceAtVendors, type VendorName } from "./vendors.ts";

/** Each is a command to some reader: of templates, of TwiML, of SSML, of an NCCO, of HTML, of an SMS. */
const hostile: Readonly<Record<string, string>> = {
  liquid: "{{ code }}{% raw %}",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the attack is the text itself.
  shell: "${code} $& $(id)",
  twiml: "<Say>1</Say><Redirect>x</Redirect>",
  ssml: "</speak><break time='9s'/>",
  ncco: '"},{"action":"record"}',
  html: "<script>alert(1)</script><a href=x>",
  entity: 'Bob & Söhne\'s "&lt;" ]]> <!--',
  binding: "@evil #999999",
};

const harmless = Object.fromEntries(Object.keys(hostile).map((name) => [name, "12 EUR"]));

const autofill = { webHosts: new Set(["shop.example"]), androidHashes: new Set<string>() };
const profile = { keyPress: false, autofill, variables: new Map([["first_name", "Kim"]]) };

function elementsIn(root: Element): string[] {
  return [root.name, ...root.children.flatMap(elementsIn)];
}

describe.each(["memory", "Redis"] as const)("A value that is markup, on %s,", (store) => {
  let service: ServiceAtVendors;
  beforeAll(async () => {
    service = await ServiceAtVendors.start(store, { profile });
  });
  afterAll(() => service.end());

  let destinations = 0;
  /** What the vendor is asked to send. */
  async function handed(vendor: VendorName, channel: Channel, transaction: Readonly<Record<string, string>>) {
    destinations += 1;
    const destination =
      channel === Channel.EMAIL
        ? ({ case: "email", value: `kim${destinations}@example.com` } as const)
        : ({ case: "phoneNumber", value: `+4179${6_000_000 + destinations}` } as const);
    await service.client.sendPasscode({
      profile: vendor,
      destination,
      channel,
      transaction: { ...transaction },
    });
    const request = service.vendors.requests.at(-1);
    if (request === undefined) throw new Error("the vendor was handed nothing");
    return request;
  }

  it.each(["twilio", "vonage", "aws", "gateway"] as const)("is itself in an SMS by %s", async (vendor) => {
    const text = textHanded(vendor, await handed(vendor, Channel.SMS, hostile));
    const lines = text.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining(Object.entries(hostile).map(([name, value]) => `${name}: ${value}`)),
    );
    expect(lines).toHaveLength(Object.keys(hostile).length + 2);
  });

  it.each([
    ["twilio", (body: string) => new URLSearchParams(body).get("Twiml") ?? ""],
    ["vonage", (body: string) => (JSON.parse(body) as { ncco: { text: string }[] }).ncco[0]?.text ?? ""],
    ["aws", (body: string) => (JSON.parse(body) as { MessageBody: string }).MessageBody],
  ] as const)("is said in a call by %s, and adds nothing to what the call does", async (vendor, markupIn) => {
    const said = markupIn((await handed(vendor, Channel.VOICE, hostile)).body);
    const usual = markupIn((await handed(vendor, Channel.VOICE, harmless)).body);

    const [call, usualCall] = parseXml(said, usual) as [Element, Element];

    expect(elementsIn(call)).toEqual(elementsIn(usualCall));
    const plain = said
      .replaceAll(/<[^>]*>/g, "")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">");
    expect(plain.replaceAll(/&(amp|apos|quot|#39|#34);/g, " ")).toContain(
      "<Say>1</Say><Redirect>x</Redirect>",
    );
  });

  it("is one talk in the call control of vonage", async () => {
    const { ncco } = JSON.parse((await handed("vonage", Channel.VOICE, hostile)).body) as {
      ncco: { action: string }[];
    };
    expect(ncco.map(({ action }) => action)).toEqual(["talk"]);
  });

  it.each([
    ["ses", (json: Mail) => json.Content?.Simple.Body.Html.Data],
    ["sendgrid", (json: Mail) => json.content?.[1]?.value],
    ["gateway", (json: Mail) => json.html],
  ] as const)("is text in an e-mail by %s, and adds no element to it", async (vendor, htmlIn) => {
    const request = await handed(vendor, Channel.EMAIL, hostile);
    const html = htmlIn(JSON.parse(request.body) as Mail) ?? "";
    const usual = htmlIn(JSON.parse((await handed(vendor, Channel.EMAIL, harmless)).body) as Mail) ?? "";

    for (const value of Object.values(hostile)) expect(textHanded(vendor, request)).toContain(value);
    expect(html.match(/<[^>]*>/g)).toEqual(usual.match(/<[^>]*>/g));
    expect(html).toContain("&lt;script&gt;alert(1)");
  });

  describe("in an SMS that binds its code to a web page", () => {
    const host = { case: "autofillWebHost", value: "shop.example" } as const;
    const destination = { case: "phoneNumber", value: "+41796100001" } as const;

    it.each(["twilio", "vonage", "aws", "gateway"] as const)(
      "leaves the binding the one that was asked for (%s)",
      async (vendor) => {
        const transaction = { payee: "@evil #999999", amount: "x @evil #999999" };
        await service.client.sendPasscode({ profile: vendor, destination, transaction, autofill: host });
        const handedOver = service.vendors.requests.at(-1);
        const lines = handedOver === undefined ? [] : textHanded(vendor, handedOver).split("\n");
        expect(lines.filter((line) => line.startsWith("@"))).toEqual([lines.at(-1)]);
        expect(lines.at(-1)).toMatch(/^@shop\.example #\d{6}$/);
      },
    );

    it.each(["evil.test", "shop.example.evil.test", "shop.example #111111\n@evil.test", "shop.example:8443"])(
      "names no host but those of the profile: not %j",
      async (value) => {
        const asked = service.client.sendPasscode({
          profile: "gateway",
          destination,
          autofill: { case: "autofillWebHost", value },
        });
        expect(await failureOf(asked)).toMatchObject({ fields: { autofill_web_host: expect.any(String) } });
      },
    );
  });
});

interface Mail {
  html?: string;
  Content?: { Simple: { Body: { Html: { Data: string } } } };
  content?: { value: string }[];
}
