import type { Callback, KeyPresses, Refused, Speech } from "../provider.ts";
import { refused } from "../refused.ts";
import { sayLanguage } from "./say-language.ts";
import type { SignedForms } from "./signed-form.ts";
import { hangUp, say } from "./twiml.ts";

/** What a call's `<Gather>` heard: https://www.twilio.com/docs/voice/twiml/gather#action */
export class KeypadCallbacks implements KeyPresses {
  readonly #forms: SignedForms;

  constructor(forms: SignedForms) {
    this.#forms = forms;
  }

  async read(callback: Callback): Promise<{ kind: "pressed" } | { kind: "missed" } | Refused> {
    const signed = this.#forms.read(callback);
    if (signed.kind === "refused") return signed;
    const digits = signed.form.get("Digits") ?? "";
    if (digits === "") return { kind: "missed" };
    return /^[0-9*#]$/.test(digits) ? { kind: "pressed" } : refused("not one key");
  }

  answer(speech: Speech | undefined): { contentType: string; body: string } {
    const language = speech && sayLanguage(speech.locale);
    const body = speech && language ? say(speech.parts, language) : hangUp;
    return { contentType: "text/xml; charset=utf-8", body };
  }
}
