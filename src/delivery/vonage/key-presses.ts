import { z } from "zod";
import { readJson } from "../json.ts";
import type { Callback, KeyPresses, Refused, Speech } from "../provider.ts";
import { refused } from "../refused.ts";
import { type Ncco, speakingNcco } from "./ncco.ts";
import { voiceFor } from "./voices.ts";
import type { WebhookSignature } from "./webhook-signature.ts";

/** https://developer.vonage.com/en/voice/voice-api/webhook-reference#input */
const inputForm = z.object({ dtmf: z.object({ digits: z.string().nullish() }) });

/** The input that an asking NCCO ends with, and what the call does next. */
export class VonageKeyPresses implements KeyPresses {
  readonly #signature: WebhookSignature;

  constructor(signature: WebhookSignature) {
    this.#signature = signature;
  }

  async read(callback: Callback): Promise<{ kind: "pressed" } | { kind: "missed" } | Refused> {
    const signed = await this.#signature.signedText(callback);
    if (signed.kind === "refused") return signed;
    const input = readJson(signed.text, inputForm);
    if (input === undefined) return refused("not an input of keys");
    return { kind: (input.dtmf.digits ?? "") === "" ? "missed" : "pressed" };
  }

  /** A call ends with its actions, so that one without any hangs up. */
  answer(speech: Speech | undefined): { contentType: string; body: string } {
    const voice = speech && voiceFor(speech.locale);
    const ncco: Ncco = speech && voice ? speakingNcco(speech, voice) : [];
    return { contentType: "application/json", body: JSON.stringify(ncco) };
  }
}
