import { expect, test } from "vitest";
import { KeypadCallbacks } from "../../../src/delivery/twilio/keypad-callbacks.ts";
import { SignedForms } from "../../../src/delivery/twilio/signed-form.ts";
import { accountSid, authToken, call } from "./account.ts";
import { callback } from "./callback.ts";
import { parseXml } from "./xml.ts";

const keys = new KeypadCallbacks(new SignedForms({ accountSid, authToken }));

/** What Twilio posts of a call when its question has been answered, or not. */
const ofCall = {
  CallSid: `CA${"b".repeat(32)}`,
  CallStatus: "in-progress",
  Direction: "outbound-api",
  From: "+15005550007",
  To: "+447911123456",
};

test.each(["0", "5", "9", "*", "#"])("the key %s was pressed", async (key) => {
  expect(await keys.read(callback({ ...ofCall, Digits: key }))).toEqual({ kind: "pressed" });
});

test.each([{}, { Digits: "" }])("no key was pressed: %j", async (digits) => {
  expect(await keys.read(callback({ ...ofCall, ...digits }))).toEqual({ kind: "missed" });
});

test.each(["12", "hangup", " ", "１", "Directionoutbound-api"])("refuses %j as a key", async (digits) => {
  expect(await keys.read(callback({ ...ofCall, Digits: digits }))).toEqual({
    kind: "refused",
    why: "not one key",
  });
});

test("refuses a missed key that was cut up anew into one", async () => {
  const request = callback({ CallSid: "CA5", Digits: "", Direction: "outbound-api" });
  expect(await keys.read(request)).toEqual({ kind: "missed" });
  const parts = { AccountSid: accountSid, ApiVersion: "2010-04-01", CallSid: "CA5" };
  const body = new URLSearchParams({ ...parts, Digits: "Directionoutbound-api" }).toString();
  expect(await keys.read({ ...request, body: Buffer.from(body) })).toEqual({
    kind: "refused",
    why: "not one key",
  });
});

test("refuses a key that is not signed for this URL", async () => {
  const request = callback({ ...ofCall, Digits: "1" });
  const url = request.url.replace("reference", "another");
  expect(await keys.read({ ...request, url })).toEqual({ kind: "refused", why: "not signed" });
});

test("refuses a key of another account", async () => {
  const request = callback({ ...ofCall, Digits: "1", AccountSid: accountSid.replace("0", "1") });
  expect(await keys.read(request)).toEqual({ kind: "refused", why: "of another account" });
});

test("says the speech in answer", () => {
  const { contentType, body } = keys.answer(call.speech);
  expect(contentType).toBe("text/xml; charset=utf-8");
  const [root] = parseXml(body);
  expect(root?.children.filter(({ name }) => name === "Say").map(({ text }) => text)).toEqual([
    "Your Acme & Söhne code is",
    ..."490271",
  ]);
});

test.each([undefined, { ...call.speech, locale: "mn-MN" }])(
  "hangs up when there is nothing to say, or nobody to say it: %j",
  (speech) => {
    expect(parseXml(keys.answer(speech).body)[0]?.children).toMatchObject([{ name: "Hangup" }]);
  },
);
