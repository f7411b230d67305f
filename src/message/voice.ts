import type { Speech, SpeechPart, VoiceMessage } from "../delivery/provider.ts";
import { codePlace } from "./code.ts";
import { oneLine } from "./one-line.ts";
import { type ScopeSettings, scopeOf } from "./scope.ts";
import { textWithCode } from "./text-with-code.ts";

export function voiceMessage(settings: ScopeSettings): VoiceMessage {
  const { to, country, expiresInMs, keyPressUrl } = settings.request;
  return {
    channel: "voice",
    to,
    ...(country !== undefined && { country }),
    speech: speechOf(settings),
    ...(keyPressUrl !== undefined && {
      keyPress: {
        prompt: oneLine(settings.templates.keyPress().render(scopeOf(settings))),
        continueUrl: keyPressUrl,
      },
    }),
    validForMs: expiresInMs,
  };
}

function speechOf(settings: ScopeSettings): Speech {
  const { templates, request } = settings;
  const scope = scopeOf({ ...settings, code: codePlace });
  const [opening = "", ...others] = textWithCode(templates.part("voice"), scope, codePlace).split(codePlace);
  return {
    locale: voiceFor(request.locale, templates.voice),
    parts: [
      ...words(opening),
      ...others.flatMap((text): SpeechPart[] => [{ kind: "code", characters: request.code }, ...words(text)]),
    ],
  };
}

/** Without the punctuation that ends a sentence in the code: a voice might read it. */
function words(text: string): SpeechPart[] {
  const line = oneLine(text).replace(/^[.,;:!?。！？、，।۔،։]+\s*/u, "");
  return line === "" ? [] : [{ kind: "words", text: line }];
}

/** Keeps the country that was asked for when the speech is in that language, so that `en-GB` is read by a British voice. */
function voiceFor(asked: string, voice: string): string {
  try {
    const { language, region } = new Intl.Locale(asked);
    const isCountry = region !== undefined && /^[A-Z]{2}$/.test(region);
    if (isCountry && language === new Intl.Locale(voice).language) return `${language}-${region}`;
  } catch {
    // Not a tag: as if none was asked for.
  }
  return voice;
}
