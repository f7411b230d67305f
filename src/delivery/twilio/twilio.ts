import type { Clock } from "../../clock.ts";
import type { Channel } from "../../ledger/channel.ts";
import { callRefusals } from "../call-refusals.ts";
import { HttpClient, type HttpClientSettings } from "../http.ts";
import type {
  DeliveryOutcome,
  Handover,
  KeyPresses,
  Message,
  PostedReports,
  Provider,
  SmsMessage,
  VoiceMessage,
} from "../provider.ts";
import type { Senders } from "../sender.ts";
import { callForm, smsForm } from "./form.ts";
import { KeypadCallbacks } from "./keypad-callbacks.ts";
import { outcomeOfAnswer } from "./outcome.ts";
import { sayLanguage } from "./say-language.ts";
import { SignedForms } from "./signed-form.ts";
import { StatusCallbacks } from "./status-callbacks.ts";

/** An account with Twilio, or a subaccount. */
export interface TwilioSettings extends HttpClientSettings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly accountSid: string;
  /** Signs in unless there is an API key, and is what Twilio signs its callbacks with unless it is told to use a shared key. */
  readonly authToken?: string;
  /** The secrets of the shared keys that callbacks are signed with. Reports and key presses need one, or the token. */
  readonly sharedKeys?: readonly string[];
  readonly apiKey?: { readonly sid: string; readonly secret: string };
  /** Absent: no SMS. `from` is a number, a short code, a name, or the SID of a Messaging Service that chooses one. */
  readonly sms?: Senders;
  /** The number that calls come from, E.164. Absent: no calls. */
  readonly voiceFrom?: string;
}

/** Hands SMS and calls to Twilio. "Accepted" means that Twilio has put the message or the call in its queue. */
export class TwilioProvider implements Provider {
  readonly channels: readonly Channel[];
  readonly reports?: PostedReports;
  readonly keyPresses?: KeyPresses;
  readonly #settings: TwilioSettings;
  readonly #authorization: string;
  readonly #clock: Clock;
  readonly #http: HttpClient;

  constructor(settings: TwilioSettings, clock: Clock) {
    const { accountSid, authToken, sharedKeys, apiKey, sms, voiceFrom } = settings;
    const secret = apiKey?.secret ?? authToken;
    if (secret === undefined) throw new Error("A Twilio account needs an auth token or an API key.");
    const login = Buffer.from(`${apiKey?.sid ?? accountSid}:${secret}`);
    this.#authorization = `Basic ${login.toString("base64")}`;
    this.#settings = settings;
    this.#clock = clock;
    this.#http = new HttpClient(settings);
    this.channels = [
      ...(sms === undefined ? [] : ["sms" as const]),
      ...(voiceFrom === undefined ? [] : ["voice" as const]),
    ];
    if (authToken !== undefined || sharedKeys !== undefined) {
      const forms = new SignedForms(settings);
      this.reports = new StatusCallbacks(forms);
      if (voiceFrom !== undefined) this.keyPresses = new KeypadCallbacks(forms);
    }
  }

  async send(message: Message, handover: Handover): Promise<DeliveryOutcome> {
    if (message.channel === "sms") return await this.#text(message, handover);
    if (message.channel === "voice") return await this.#call(message, handover);
    return { kind: "destinationRefused", detail: "not a phone" };
  }

  async #text(message: SmsMessage, handover: Handover): Promise<DeliveryOutcome> {
    const { sms: senders } = this.#settings;
    if (senders === undefined) return { kind: "accountRefused", detail: "no sender of SMS" };
    return await this.#post("Messages", smsForm(message, { senders, handover }), handover);
  }

  async #call(message: VoiceMessage, handover: Handover): Promise<DeliveryOutcome> {
    const { voiceFrom: from } = this.#settings;
    if (from === undefined) return callRefusals.noNumber;
    const language = sayLanguage(message.speech.locale);
    if (language === undefined) return callRefusals.noVoice;
    if (message.keyPress !== undefined && this.keyPresses === undefined) return callRefusals.noKeyCheck;
    const form = callForm(message, { from, language, handover });
    return form === undefined ? callRefusals.tooLong : await this.#post("Calls", form, handover);
  }

  async #post(
    resource: "Messages" | "Calls",
    form: URLSearchParams,
    handover: Handover,
  ): Promise<DeliveryOutcome> {
    const { baseUrl, accountSid } = this.#settings;
    const result = await this.#http.post(
      {
        url: `${baseUrl}/2010-04-01/Accounts/${accountSid}/${resource}.json`,
        headers: {
          authorization: this.#authorization,
          accept: "application/json",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: form.toString(),
      },
      handover,
    );
    return result.kind === "answered" ? outcomeOfAnswer(result, this.#clock.nowMs()) : result;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }
}
