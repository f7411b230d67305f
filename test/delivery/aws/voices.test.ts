import { VoiceId } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import { expect, test } from "vitest";
import { ssmlOf } from "../../../src/delivery/aws/ssml.ts";
import { voiceFor } from "../../../src/delivery/aws/voices.ts";

test.each([
  ["en-GB", "AMY"],
  ["en", "JOANNA"],
  ["en-NZ", "JOANNA"],
  ["de-CH", "VICKI"],
  ["pt-PT", "INES"],
  ["es-419", "LUPE"],
  ["zh-Hant-TW", "ZHIYU"],
  ["nb-NO", "LIV"],
])("%s is read by %s", (locale, voice) => {
  expect(voiceFor(locale)).toBe(voice);
  expect(Object.values(VoiceId)).toContain(voice);
});

test.each(["th-TH", "zh-HK", "fi", "", "not a tag"])("nobody reads %j", (locale) => {
  expect(voiceFor(locale)).toBeUndefined();
});

test("words stay words, whatever is in them", () => {
  const text = '</speak><audio src="x"/>&amp; it\'s\u0000\uFFFE\uD800';
  expect(ssmlOf({ locale: "en", parts: [{ kind: "words", text }] })).toBe(
    "<speak>&lt;/speak&gt;&lt;audio src=&quot;x&quot;/&gt;&amp;amp; it&apos;s\uFFFD</speak>",
  );
});
