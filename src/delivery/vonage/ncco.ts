import type { KeyPress, Speech } from "../provider.ts";
import { speechText } from "./speech-text.ts";
import type { Voice } from "./voices.ts";

/** What a call does, in order; then it ends: https://developer.vonage.com/en/voice/voice-api/ncco-reference */
export type Ncco = readonly (TalkAction | InputAction)[];

interface TalkAction {
  action: "talk";
  text: string;
  language: string;
  style: number;
  /** A key ends it. The next action has to be an input. */
  bargeIn?: true;
}

interface InputAction {
  action: "input";
  type: readonly ["dtmf"];
  dtmf: { maxDigits: number; timeOut: number };
  eventUrl: readonly [string];
  eventMethod: "POST";
}

/** How long the call waits for a key once it has asked for it, in seconds: the most Vonage allows. */
const keyWithinSeconds = 10;

/** The most characters that a `talk` action says, tags aside. */
const talkLengthMax = 1_500;

export function speakingNcco({ parts }: Speech, voice: Voice): Ncco {
  return [talk(speechText(parts, voice), voice)];
}

/** Asks for any one key. What follows is what `continueUrl` answers. */
export function askingNcco({ prompt, continueUrl }: KeyPress, voice: Voice): Ncco {
  return [
    { ...talk(speechText([{ kind: "words", text: prompt }], voice), voice), bargeIn: true },
    {
      action: "input",
      type: ["dtmf"],
      dtmf: { maxDigits: 1, timeOut: keyWithinSeconds },
      eventUrl: [continueUrl],
      eventMethod: "POST",
    },
  ];
}

/** Whether Vonage takes as much as there is to say. */
export function isSayable(ncco: Ncco): boolean {
  const said = ncco.flatMap((one) => (one.action === "talk" ? one.text.replace(/<[^>]*>/g, "") : []));
  return said.every(({ length }) => length <= talkLengthMax);
}

function talk(text: string, { language, style }: Voice): TalkAction {
  return { action: "talk", text, language, style };
}
