import fc from "fast-check";
import { expect, test } from "vitest";
import { ssmlOf } from "../../../src/delivery/aws/ssml.ts";
import { parseXml } from "../twilio/xml.ts";

test("words stay words, whatever is in them", () => {
  const text = '</speak><audio src="x"/>&amp; it\'s\u0000\uFFFE\uD800';
  expect(ssmlOf([{ kind: "words", text }])).toBe(
    "<speak>&lt;/speak&gt;&lt;audio src=&quot;x&quot;/&gt;&amp;amp; it&apos;s  \uFFFD</speak>",
  );
});

test("a speech is well-formed and has no markup but ours, whatever its words and its code are made of", () => {
  const texts = fc.sample(fc.string({ unit: "binary", maxLength: 20 }), 300);
  const speeches = texts.map((text) =>
    ssmlOf([
      { kind: "words", text },
      { kind: "code", characters: text },
    ]),
  );
  for (const { name, children } of parseXml(...speeches.map((ssml) => ssml ?? ""))) {
    expect(name).toBe("speak");
    expect(children.map((child) => child.name)).toEqual(["break", "prosody", "break"]);
    const spelt = children[1]?.children.filter((child) => child.name !== "break") ?? [];
    expect(spelt.filter((child) => child.name !== "say-as" || child.children.length > 0)).toEqual([]);
  }
});
