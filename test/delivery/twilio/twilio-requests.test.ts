import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Handover, Message } from "../../../src/delivery/provider.ts";
import { TwilioProvider, type TwilioSettings } from "../../../src/delivery/twilio/twilio.ts";
import { handover } from "../../contract/http-provider-contract.ts";
import { type FaultyHttpServer, startFaultyHttpServer } from "../../support/faulty-http-server.ts";
import {
  accountSid,
  authToken,
  call,
  callWithKeyPress,
  clock,
  messagingServiceSid,
  openTwilio,
  settingsAt,
  sms,
} from "./account.ts";

let server: FaultyHttpServer;

beforeEach(async () => {
  server = await startFaultyHttpServer();
  server.behave({ kind: "answer", status: 500 });
});
afterEach(() => server.close());

/** What one message has the provider ask Twilio for. */
async function requestFor(
  message: Message,
  { settings = {}, given = handover }: { settings?: Partial<TwilioSettings>; given?: Handover } = {},
) {
  const provider = openTwilio(server.url, settings);
  const outcome = await provider.send(message, given);
  await provider.close();
  const [request] = server.requests;
  return { outcome, request, form: Object.fromEntries(new URLSearchParams(request?.body)) };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

describe("an SMS", () => {
  test("goes out as a form, as it was worded, and expires with the code", async () => {
    const { request, form } = await requestFor(sms);
    expect(request).toMatchObject({
      method: "POST",
      url: `/2010-04-01/Accounts/${accountSid}/Messages.json`,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: basic(accountSid, authToken),
      },
    });
    expect(form).toEqual({
      To: sms.to,
      From: "+15005550006",
      Body: sms.text,
      ValidityPeriod: "299",
      // Asks for repeats: left to itself, Twilio makes none after an answer with 5xx.
      StatusCallback: `${handover.reportUrl}#rc=5&rp=5xx,ct,rt`,
    });
  });

  test("asks for no reports where nobody takes them", async () => {
    const { reportUrl: _, ...given } = handover;
    expect((await requestFor(sms, { given })).form).not.toHaveProperty("StatusCallback");
  });

  test("has the sender of its country", async () => {
    expect((await requestFor({ ...sms, country: "CH" })).form["From"]).toBe("Acme");
  });

  test("leaves the choice of the sender to a Messaging Service", async () => {
    const senders = { from: messagingServiceSid, fromByCountry: new Map([["CH", "Acme"]]) };
    const { form } = await requestFor(sms, { settings: { sms: senders } });
    expect(form).toMatchObject({ MessagingServiceSid: messagingServiceSid });
    expect(form).not.toHaveProperty("From");
  });

  test("has the sender of its country also where a Messaging Service chooses the others", async () => {
    const senders = { from: messagingServiceSid, fromByCountry: new Map([["CH", "Acme"]]) };
    const { form } = await requestFor({ ...sms, country: "CH" }, { settings: { sms: senders } });
    expect(form).toMatchObject({ From: "Acme" });
    expect(form).not.toHaveProperty("MessagingServiceSid");
  });

  test.each([
    [1, "1"],
    [59_999, "59"],
    [864_000_000, "36000"],
  ])("that is of use for %i ms waits in the queue for %s s at most", async (validForMs, seconds) => {
    expect((await requestFor({ ...sms, validForMs })).form["ValidityPeriod"]).toBe(seconds);
  });
});

describe("a call", () => {
  test("brings its words along, and is bounded in ringing and in talking", async () => {
    const { request, form } = await requestFor(call);
    expect(request?.url).toBe(`/2010-04-01/Accounts/${accountSid}/Calls.json`);
    expect(form).toEqual({
      To: call.to,
      From: "+15005550007",
      Twiml: expect.stringContaining("<Say "),
      Timeout: "30",
      TimeLimit: "180",
      // Asks for repeats: left to itself, Twilio makes none after an answer with 5xx.
      StatusCallback: `${handover.reportUrl}#rc=5&rp=5xx,ct,rt`,
    });
  });

  test("asks for no reports where nobody takes them", async () => {
    const { reportUrl: _, ...given } = handover;
    expect((await requestFor(call, { given })).form).not.toHaveProperty("StatusCallback");
  });

  test("does not ring longer than the code lives", async () => {
    expect((await requestFor({ ...call, validForMs: 12_500 })).form["Timeout"]).toBe("12");
  });

  test("rings at all although the code is about to expire", async () => {
    expect((await requestFor({ ...call, validForMs: 100 })).form["Timeout"]).toBe("5");
  });

  test("that asks for a key does not bring the code along", async () => {
    const { form } = await requestFor(callWithKeyPress);
    const characters = [...(form["Twiml"] ?? "").matchAll(/>(.)<\/Say>/g)].map(([, one]) => one);
    expect(characters).toEqual([]);
    expect(form["Twiml"]).toContain("Press any key.");
    expect(form["Twiml"]).not.toContain("code");
  });

  test("is in the nearest of Twilio's languages", async () => {
    const { form } = await requestFor({ ...call, speech: { ...call.speech, locale: "de-CH" } });
    expect(form["Twiml"]).toContain('<Say language="de-DE">');
  });
});

describe("an account", () => {
  test("signs in with its API key, if it has one", async () => {
    const apiKey = { sid: `SK${"1".repeat(32)}`, secret: "sesame" };
    const { request } = await requestFor(sms, { settings: { apiKey } });
    expect(request?.headers["authorization"]).toBe(basic(apiKey.sid, apiKey.secret));
    expect(request?.url).toContain(accountSid);
  });

  test("needs something to sign in with", () => {
    const { authToken: _, ...settings } = settingsAt("https://api.twilio.com");
    expect(() => new TwilioProvider(settings, clock)).toThrow("needs an auth token or an API key");
  });

  test("delivers what it has a sender for", () => {
    const { sms: senders, voiceFrom: _, ...rest } = settingsAt("https://api.twilio.com");
    const withSms = { ...rest, ...(senders !== undefined && { sms: senders }) };
    expect(new TwilioProvider(withSms, clock).channels).toEqual(["sms"]);
    expect(new TwilioProvider({ ...rest, voiceFrom: "+15005550007" }, clock).channels).toEqual(["voice"]);
    expect(openTwilio("https://api.twilio.com").channels).toEqual(["sms", "voice"]);
  });

  test("refuses what it has no sender for", async () => {
    const { sms: _, voiceFrom: __, ...rest } = settingsAt(server.url);
    const provider = new TwilioProvider(rest, clock);
    for (const message of [sms, call]) {
      expect(await provider.send(message, handover)).toMatchObject({ kind: "accountRefused" });
    }
    expect(server.requests).toEqual([]);
    await provider.close();
  });

  test("takes neither reports nor key presses without the token to check them with", () => {
    const { authToken: _, ...rest } = settingsAt("https://api.twilio.com");
    const provider = new TwilioProvider({ ...rest, apiKey: { sid: "SK", secret: "s" } }, clock);
    expect(provider.reports).toBeUndefined();
    expect(provider.keyPresses).toBeUndefined();
  });

  test("takes reports but no key presses without a number to call from", () => {
    const { voiceFrom: _, ...settings } = settingsAt("https://api.twilio.com");
    const provider = new TwilioProvider(settings, clock);
    expect(provider.reports).toBeDefined();
    expect(provider.keyPresses).toBeUndefined();
  });
});
