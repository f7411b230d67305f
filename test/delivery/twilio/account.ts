import type { SmsMessage, VoiceMessage } from "../../../src/delivery/provider.ts";
import { TwilioProvider, type TwilioSettings } from "../../../src/delivery/twilio/twilio.ts";

export const accountSid = `AC${"0123456789abcdef".repeat(2)}`;
export const authToken = "0af1e2d3c4b5a6978897a6b5c4d3e2f1";
export const messagingServiceSid = `MG${"f0".repeat(16)}`;

/** An account that can do everything, with Twilio at `baseUrl`. */
export function settingsAt(baseUrl: string): TwilioSettings {
  return {
    baseUrl,
    accountSid,
    authToken,
    sms: { from: "+15005550006", fromByCountry: new Map([["CH", "Acme"]]) },
    voiceFrom: "+15005550007",
    timeoutMs: 5_000,
    connectTimeoutMs: 5_000,
  };
}

export const clock = { nowMs: () => 1_800_000_000_000 };

export function openTwilio(baseUrl: string, settings: Partial<TwilioSettings> = {}): TwilioProvider {
  return new TwilioProvider({ ...settingsAt(baseUrl), ...settings }, clock);
}

export const code = "490271";

export const sms: SmsMessage = {
  channel: "sms",
  locale: "en",
  to: "+447911123456",
  country: "GB",
  text: `${code} is your Acme & Söhne code. 😀`,
  validForMs: 299_900,
};

export const call: VoiceMessage = {
  channel: "voice",
  to: "+447911123456",
  country: "GB",
  speech: {
    locale: "en-GB",
    parts: [
      { kind: "words", text: "Your Acme & Söhne code is" },
      { kind: "code", characters: code },
    ],
  },
  validForMs: 299_900,
};

export const callWithKeyPress: VoiceMessage = {
  ...call,
  keyPress: { prompt: "Press any key.", continueUrl: "https://otp.example/keys/twilio/abc?a=1&b=2" },
};
