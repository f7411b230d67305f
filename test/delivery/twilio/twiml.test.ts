import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { askForKey, hangUp, say } from "../../../src/delivery/twilio/twiml.ts";
import { parseXml } from "./xml.ts";

const hostile = [
  "</Say><Redirect>https://evil.example</Redirect><Say>",
  `"/><Dial>+15005550009</Dial>`,
  "' & \" < > ]]> <![CDATA[ <!-- --> &lt; &#38; <?xml?>",
  '<break time="3s"/><prosody rate="x-slow">slow</prosody>',
  "Søhne 密码 😀 שלום",
];

function spoken(text: string): string {
  return say([{ kind: "words", text }], "en-US");
}

describe("a speech", () => {
  test("is said in order, its code one character at a time with a pause after each", () => {
    const [root] = parseXml(
      say(
        [
          { kind: "words", text: "Ihr Code ist" },
          { kind: "code", characters: "40A" },
          { kind: "words", text: "Auf Wiederhören." },
        ],
        "de-DE",
      ),
    );
    const [said, pause] = [(text: string) => ["Say", text], ["Pause", ""]];
    expect(root?.name).toBe("Response");
    expect(root?.children.map(({ name, text }) => [name, text])).toEqual([
      said("Ihr Code ist"),
      ...["4", "0", "A"].flatMap((one) => [said(one), pause]),
      said("Auf Wiederhören."),
    ]);
    expect(root?.children.map(({ attributes }) => attributes)).toEqual(
      root?.children.map(({ name }) => (name === "Say" ? { language: "de-DE" } : { length: "1" })),
    );
  });

  test.each(hostile)("reads out literally: %s", (text) => {
    const [root] = parseXml(spoken(text));
    expect(root?.children).toEqual([{ name: "Say", attributes: { language: "en-US" }, text, children: [] }]);
  });

  test("is well-formed whatever its words and its code are made of", () => {
    const texts = fc.sample(fc.string({ unit: "binary", maxLength: 30 }), 500);
    const documents = texts.map((text) =>
      say(
        [
          { kind: "words", text },
          { kind: "code", characters: text },
        ],
        "en-US",
      ),
    );
    for (const root of parseXml(...documents)) {
      expect(root.children.filter(({ name }) => name !== "Say" && name !== "Pause")).toEqual([]);
      expect(root.children.flatMap(({ children }) => children)).toEqual([]);
    }
  });

  test("is well-formed with what XML has no characters for", () => {
    const [root] = parseXml(spoken("a\u0000b\u0007c\uD800d\uFFFEe\u0085f"));
    expect(root?.children[0]?.text).toBe("a b c\uFFFDd e f");
  });

  test("leaves out words that say nothing", () => {
    const [root] = parseXml(spoken(" \n\u0000"));
    expect(root?.children).toEqual([]);
  });
});

describe("a question for a key", () => {
  test("takes any one key, and comes back even if there is none", () => {
    const continueUrl = "https://otp.example/keys?a=1&b=2";
    const [root] = parseXml(askForKey({ prompt: "Appuyez sur une touche.", continueUrl }, "fr-FR"));
    expect(root?.children).toEqual([
      {
        name: "Gather",
        attributes: {
          input: "dtmf",
          numDigits: "1",
          finishOnKey: "",
          timeout: "10",
          actionOnEmptyResult: "true",
          action: continueUrl,
          method: "POST",
        },
        text: "",
        children: [
          {
            name: "Say",
            attributes: { language: "fr-FR" },
            text: "Appuyez sur une touche.",
            children: [],
          },
        ],
      },
    ]);
  });

  test.each(hostile)("is asked and continued literally: %s", (text) => {
    const [root] = parseXml(askForKey({ prompt: text, continueUrl: text }, "en-US"));
    expect(root?.children).toHaveLength(1);
    expect(root?.children[0]?.attributes["action"]).toBe(text);
    expect(root?.children[0]?.children).toMatchObject([{ name: "Say", text, children: [] }]);
  });
});

test("to hang up is all there is to it", () => {
  expect(parseXml(hangUp)).toMatchObject([{ name: "Response", children: [{ name: "Hangup" }] }]);
});
