import { describe, expect, test } from "vitest";
import type { Callback, Speech } from "../../../src/delivery/provider.ts";
import { accountAt, claimsOf, tokenOf, webhook } from "./account.ts";
import { nccoForm } from "./published-api.ts";
import { callEvent, input } from "./published-webhooks.ts";

function keyPresses() {
  const { keyPresses } = accountAt("http://127.0.0.1:9");
  if (keyPresses === undefined) throw new Error("the account asks for no keys");
  return keyPresses;
}

function pressed(body: object, changes: Partial<Callback & { token: string }> = {}): Callback {
  const { reference: _, ...callback } = webhook(body, { url: "https://otp.example/calls/x", ...changes });
  return callback;
}

const speech: Speech = {
  locale: "de-DE",
  parts: [
    { kind: "words", text: "Ihr Code lautet" },
    { kind: "code", characters: "47" },
  ],
};

describe("an input", () => {
  test.each([
    ["1", false, "pressed"],
    ["*", false, "pressed"],
    ["5", true, "pressed"],
    ["", true, "missed"],
    [null, true, "missed"],
    ["", false, "missed"],
  ])("of %j, timed out: %j, is %s", async (digits, timed_out, kind) => {
    expect(await keyPresses().read(pressed(input({ digits, timed_out })))).toEqual({ kind });
  });

  test("without digits is missed", async () => {
    expect(await keyPresses().read(pressed({ dtmf: { timed_out: true } }))).toEqual({ kind: "missed" });
  });

  test.each([callEvent("answered"), { dtmf: "1" }, { dtmf: null }, []])("is refused for %j", async (body) => {
    expect(await keyPresses().read(pressed(body))).toEqual({ kind: "refused", why: "not an input of keys" });
  });

  test("is refused that Vonage has not signed", async () => {
    const body = input({ digits: "1", timed_out: false });
    const token = tokenOf(claimsOf(JSON.stringify(body)), undefined, "another");
    expect(await keyPresses().read(pressed(body, { token }))).toMatchObject({ kind: "refused" });
    expect(await keyPresses().read(pressed(body, { headers: {} }))).toMatchObject({ kind: "refused" });
  });

  test("is refused that was signed for another", async () => {
    const token = tokenOf(claimsOf(JSON.stringify(input({ digits: null, timed_out: true }))));
    const body = input({ digits: "1", timed_out: false });
    expect(await keyPresses().read(pressed(body, { token }))).toMatchObject({ kind: "refused" });
  });
});

describe("after it, the call", () => {
  test("says the speech", () => {
    const { contentType, body } = keyPresses().answer(speech);
    expect(contentType).toBe("application/json");
    expect(nccoForm.parse(JSON.parse(body))).toEqual([
      {
        action: "talk",
        text:
          "<speak>Ihr Code lautet<break time='600ms'/><say-as interpret-as='digits'>4</say-as>" +
          "<break time='600ms'/><say-as interpret-as='digits'>7</say-as></speak>",
        language: "de-DE",
        style: 0,
      },
    ]);
  });

  test("has nothing left to do without one", () => {
    expect(keyPresses().answer(undefined)).toEqual({ contentType: "application/json", body: "[]" });
  });

  test("has nothing left to do that no voice could say", () => {
    expect(keyPresses().answer({ ...speech, locale: "mn-MN" }).body).toBe("[]");
  });
});
