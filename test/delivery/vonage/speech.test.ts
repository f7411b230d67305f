import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SpeechPart } from "../../../src/delivery/provider.ts";
import { speakingNcco } from "../../../src/delivery/vonage/ncco.ts";
import { speechText } from "../../../src/delivery/vonage/speech-text.ts";
import { type Voice, voiceFor } from "../../../src/delivery/vonage/voices.ts";
import { nccoForm } from "./published-api.ts";

const british: Voice = { language: "en-GB", style: 0, readsSsml: true };
const southAfrican: Voice = { language: "en-ZA", style: 0, readsSsml: false };

const hostile = `</speak><audio src="https://evil.example/"/> & 'Acme' "Ltd" <!-- ]]> &amp; \u0000\ud800`;

/** All the markup that there may be. */
const ourMarkup =
  /<\/?speak>|<break time='600ms'\/>|<say-as interpret-as='(?:digits|character)'>|<\/say-as>/g;

/** What an XML parser makes of text without markup. */
function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => {
    const characters: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
    return characters[name] ?? "";
  });
}

function words(text: string): SpeechPart {
  return { kind: "words", text };
}

const part: fc.Arbitrary<SpeechPart> = fc.oneof(
  fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(hostile, "<speak>", "&lt;")).map(words),
  fc.string({ unit: "binary" }).map((characters): SpeechPart => ({ kind: "code", characters })),
);

describe("in SSML", () => {
  test("a code is said character by character, with pauses around each", () => {
    expect(speechText([words("Code"), { kind: "code", characters: "A1" }, words("Bye")], british)).toBe(
      "<speak>Code<break time='600ms'/><say-as interpret-as='character'>A</say-as><break time='600ms'/>" +
        "<say-as interpret-as='digits'>1</say-as><break time='600ms'/>Bye</speak>",
    );
  });

  test("hostile words are words", () => {
    expect(speechText([words(hostile)], british)).toBe(
      "<speak>&lt;/speak&gt;&lt;audio src=&quot;https://evil.example/&quot;/&gt; &amp; &apos;Acme&apos; " +
        "&quot;Ltd&quot; &lt;!-- ]]&gt; &amp;amp;  \ufffd</speak>",
    );
  });

  test("there is no markup but ours, and every word is there, whatever is said", () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const text = speechText(parts, british);
        const plain = text.replace(ourMarkup, "");
        expect(plain).not.toMatch(/[<>'"]|&(?!(?:amp|lt|gt|quot|apos);)|\p{Cc}/u);
        const said = parts.map((one) => (one.kind === "words" ? one.text : one.characters)).join("");
        const visible = (some: string) => some.toWellFormed().replace(/[\p{Cc}\s\uFFFE\uFFFF]/gu, "");
        // Halves of a character that meet across parts stay halves.
        if (said.isWellFormed()) expect(visible(unescaped(plain))).toBe(visible(said));
      }),
    );
  });
});

describe("for a voice that does not read SSML", () => {
  test("a code is said with the pauses of commas", () => {
    const parts: SpeechPart[] = [words("Your code is"), { kind: "code", characters: "A12" }, words("Bye")];
    expect(speechText(parts, southAfrican)).toBe("Your code is A, 1, 2. Bye");
  });

  test("nothing looks like SSML, whatever is said", () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        expect(speechText(parts, southAfrican)).not.toMatch(/[<>&\p{Cc}]/u);
      }),
    );
  });
});

describe("the voice", () => {
  test.each([
    ["en-GB", "en-GB", 0, true],
    ["en-ZA", "en-ZA", 0, false],
    ["ca-ES", "ca-ES", 2, true],
    ["eu-ES", "eu-ES", 0, false],
    ["he-IL", "he-IL", 0, false],
    ["th-TH", "th-TH", 1, true],
    ["zh-TW", "cmn-TW", 1, true],
  ])("for %s is %s, in the first style that reads SSML, if one does: %i, %j", (...row) => {
    const [locale, language, style, readsSsml] = row;
    expect(voiceFor(locale)).toEqual({ language, style, readsSsml });
  });

  test("is one that Vonage has, whatever the language of the world", () => {
    const locales = Array.from({ length: 26 ** 2 }, (_, at) =>
      String.fromCharCode(97 + Math.floor(at / 26), 97 + (at % 26)),
    );
    const voices = locales.map(voiceFor).filter((voice) => voice !== undefined);
    expect(voices.length).toBeGreaterThan(45);
    for (const voice of voices) {
      nccoForm.parse(speakingNcco({ locale: "", parts: [words("Hello")] }, voice));
    }
  });
});
