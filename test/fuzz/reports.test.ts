import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mutated, mutatedText } from "./bytes.ts";
import { CallbackDesk, publicUrl } from "./callback-desk.ts";
import { fuzz } from "./fuzzing.ts";
import { mutatedTree, type Tree } from "./tree.ts";
import { type Posted, type Vendor, vendors } from "./vendors.ts";

/*
 * Whatever is posted to the port for callbacks: it is answered, and believed if the vendor
 * has signed it. What is believed changes what is known of a send, and no decision.
 */

let desk: CallbackDesk;
beforeAll(async () => {
  desk = await CallbackDesk.start();
});
afterAll(() => desk.end());

const untouched = { status: "pending", attempts: 0 };

/** What a header can hold: Node sends nothing else. */
const headerText = (text: string) => text.replace(/[^\t\x20-\x7e]/g, "?");

/** A request with its headers, its body or both gone wrong. */
function tampered({ headers, body }: Posted): fc.Arbitrary<Posted> {
  const names = Object.keys(headers);
  const otherBody = mutated(fc.constant(body)).map((bytes) => Buffer.from(bytes));
  const otherHeaders = fc.constantFrom(...names).chain((name) =>
    fc.oneof(
      mutatedText(fc.constant(headers[name] ?? "")).map((text) => ({ ...headers, [name]: headerText(text) })),
      fc.constant(Object.fromEntries(Object.entries(headers).filter(([other]) => other !== name))),
    ),
  );
  return fc.oneof(
    { weight: 3, arbitrary: otherBody.map((body) => ({ headers, body })) },
    { weight: 2, arbitrary: otherHeaders.map((headers) => ({ headers, body })) },
    { weight: 1, arbitrary: fc.record({ headers: otherHeaders, body: otherBody }) },
  );
}

describe.each(Object.entries(vendors))("a report by %s", (name, vendor) => {
  test("changes nothing unless the vendor has signed all of it", async () => {
    const { sessionId } = await desk.open();
    const reference = desk.referenceFor(name, sessionId);
    const path = `/reports/${name}/${reference}`;
    const url = publicUrl + path;
    const said = vendor.delivered(reference);
    const genuine = vendor.post(said, { url, by: "vendor" });
    const forged = vendor.post(said, { url, by: "stranger" });
    const isGenuine = (posted: Posted) => vendor.vouchedFor(posted, url) === vendor.vouchedFor(genuine, url);

    expect((await desk.post(path, forged)).status).toBe(403);
    await fuzz(150, fc.oneof(tampered(genuine), tampered(forged)), async (posted) => {
      // What says the same as the vendor did is no forgery.
      if (posted.body.equals(genuine.body) || isGenuine(posted)) return;
      await desk.post(path, posted);
      expect(await desk.standing(sessionId)).toEqual({ ...untouched, reports: [] });
    });

    expect((await desk.post(path, genuine)).status).toBe(200);
    expect(await desk.standing(sessionId)).toMatchObject({ ...untouched, reports: [{ state: "delivered" }] });
  });

  test("with other headers over what the vendor signed changes nothing, or what the vendor said", async () => {
    const { sessionId } = await desk.open();
    const reference = desk.referenceFor(name, sessionId);
    const path = `/reports/${name}/${reference}`;
    const { body, headers } = vendor.post(vendor.delivered(reference), {
      url: publicUrl + path,
      by: "stranger",
    });
    await fuzz(80, tampered({ headers, body: Buffer.alloc(0) }), async ({ headers }) => {
      await desk.post(path, { headers, body });
      expect(await desk.standing(sessionId)).toEqual({ ...untouched, reports: [] });
    });
  });

  test("that the vendor has signed, whatever it says, decides nothing", async () => {
    const { sessionId } = await desk.open();
    const reference = desk.referenceFor(name, sessionId);
    const path = `/reports/${name}/${reference}`;
    await fuzz(150, mutatedTree(fc.constant(vendor.delivered(reference))), async (said) => {
      await desk.post(path, vendor.post(said, { url: publicUrl + path, by: "vendor" }));
      expect(await desk.standing(sessionId)).toMatchObject(untouched);
    });
  });
});

const paths = fc
  .tuple(
    fc.constantFrom("reports", "calls", "Reports", "..", "%2e%2e", "hooks/reports", ""),
    fc.constantFrom(...Object.keys(vendors), "constructor", "__proto__", "outbox", "", "a".repeat(64)),
    fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9_-]{0,120}$/),
      fc.stringMatching(/^[!-~]{0,40}$/),
      fc.constant("A".repeat(20_000)),
    ),
  )
  .map((parts) => `/${parts.join("/").replace(/[^!-~]/g, "%")}`);

test("any path is answered", async () => {
  const { sessionId } = await desk.open();
  const verb = fc.constantFrom("POST", "POST", "POST", "GET", "PUT", "HEAD", "OPTIONS", "TRACE");
  const posted = fc.record({
    headers: fc.constantFrom<Record<string, string>>(
      {},
      { "content-encoding": "gzip" },
      { "content-type": "x" },
    ),
    body: fc
      .oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(new Uint8Array(300_000)))
      .map((bytes) => Buffer.from(bytes)),
  });
  await fuzz(200, fc.tuple(paths, verb, posted), async ([path, verb, posted]) => {
    const isRead = verb !== "GET" && verb !== "HEAD" && verb !== "TRACE";
    await desk.post(path, isRead ? posted : { ...posted, body: Buffer.alloc(0) }, verb);
  });
  expect(await desk.standing(sessionId)).toEqual({ ...untouched, reports: [] });
});

describe.each([
  ["twilio", { AccountSid: `AC${"0123456789abcdef".repeat(2)}`, Digits: "5" }],
  ["vonage", { dtmf: { digits: "5" } }],
])("a key press by %s", (name, said: Tree) => {
  test("has the code said to nobody but the vendor, and of its own call", async () => {
    const vendor = vendors[name] as Vendor;
    const { code, sessionId, continuePath } = await desk.open("voice");
    // The call was made by Twilio; by nobody else is its script opened.
    const path = continuePath.replace("/twilio/", `/${name}/`);
    const token = path.slice(path.lastIndexOf("/") + 1);
    const tokens = fc.oneof(
      fc.constant(token),
      mutatedText(fc.constant(token)).map((text) => text.replace(/[^\w-]/g, "A")),
    );
    const inputs = fc.tuple(
      tokens,
      fc.constantFrom("vendor" as const, "stranger" as const),
      mutatedTree(fc.constant(said)),
    );
    await fuzz(150, inputs, async ([other, by, said]) => {
      const at = `/calls/${name}/${other}`;
      const { body } = await desk.post(at, vendor.post(said, { url: publicUrl + at, by }));
      const mayKnow = name === "twilio" && by === "vendor" && other === token;
      const saysCode = body
        .toString()
        .replace(/<[^>]*>/g, "")
        .includes(code);
      if (saysCode) expect(mayKnow).toBe(true);
      expect(await desk.standing(sessionId)).toMatchObject(untouched);
    });
  });
});
