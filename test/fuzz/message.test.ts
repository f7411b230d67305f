import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { ssmlOf } from "../../src/delivery/aws/ssml.ts";
import { SmtpProvider } from "../../src/delivery/smtp/smtp.ts";
import { sayLanguage } from "../../src/delivery/twilio/say-language.ts";
import { askForKey, say } from "../../src/delivery/twilio/twiml.ts";
import { speechText } from "../../src/delivery/vonage/speech-text.ts";
import { languageTags } from "../../src/message/language.ts";
import { smsParts } from "../../src/message/segments.ts";
import { type FaultySmtpServer, startFaultySmtpServer } from "../delivery/smtp/faulty-smtp-server.ts";
import { decodeWords, parseMail } from "../delivery/smtp/raw-mail.ts";
import { type Element, parseXml } from "../delivery/twilio/xml.ts";
import { callOf, emailOf, smsText } from "../message/message-request.ts";
import { septets } from "../message/segments.ts";
import { fuzz } from "./fuzzing.ts";

/*
 * Whatever callers and operators give for a message, in every language and channel: what
 * can be shown is shown as it is written, and is nothing but text to whoever reads the message.
 */

const code = "471902";
const markup =
  "<Say> </speak> <![CDATA[ ]]> <!-- --> & &amp; &#60; \" ' ` {{code}} {%raw%} {{ $& $1 =?utf-8?B?QQ==?= @evil.test #999999 Bcc: =20 . .. % \\ %s %0d%0a [[brand]] |".split(
    " ",
  );
/** What any reader shows, with single spaces between. */
const shownWord = fc.oneof(
  fc.constantFrom(...markup),
  fc.stringMatching(/^[!-~]{1,12}$/),
  fc.stringMatching(
    /^[\u00a1-\u00ac\u00ae-\u02af\u0391-\u03a1\u0410-\u044f\u05d0-\u05ea\u4e00-\u4fff]{1,8}$/,
  ),
  fc.constantFrom("€", "👩‍👩‍👧‍👦", "🇨🇭", "क्ष्म्य", "e\u0301", "ﬁ"),
);
const shown = fc.array(shownWord, { minLength: 1, maxLength: 5 }).map((words) => words.join(" "));
/** And what none does, in any place. */
const unshown = fc.constantFrom(
  "\r\n",
  "\n",
  "\r",
  "\0",
  "\u0085",
  "\u2028",
  "\u202e",
  "\u2066",
  "\ud800",
  "\ufdd0",
  "\ufffe",
  "\u001b[2J",
  "\t",
);
const anything = fc
  .array(fc.oneof(shownWord, unshown), { minLength: 1, maxLength: 8 })
  .map((parts) => `x${parts.join("")}`);

const locale = fc.oneof(
  fc.constantFrom(...languageTags()),
  fc.stringMatching(/^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-[a-z0-9]{5,8}){0,2}$/),
  fc.stringMatching(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/),
  anything,
);
const given = (value: fc.Arbitrary<string>) =>
  fc.record({
    locale,
    brand: value,
    purpose: fc.oneof(value, fc.constant("")),
    transaction: value.map((payee) => new Map([["payee", payee]])),
    code: fc.constantFrom(code, "K7MX4QTRWZ"),
    expiresInMs: fc.constantFrom(1, 999, 30_000, 600_000, 86_400_000),
  });

test("an SMS shows a value as it is written, and travels whole", () => {
  const autofills = fc.constantFrom(
    undefined,
    { kind: "web", host: "acme.test" } as const,
    { kind: "android", hash: "FA+9qCX9VSu" } as const,
  );
  return fuzz(1_000, fc.tuple(given(shown), autofills), ([values, autofill]) => {
    const text = smsText({ ...values, ...(autofill !== undefined && { autofill }) });
    expect(text).toContain(values.transaction.get("payee"));
    const bindings = text.split("\n").filter((line) => /^\s*@.*#/.test(line));
    expect(bindings).toEqual(autofill?.kind === "web" ? [`@acme.test #${values.code}`] : []);

    const { encoding, parts } = smsParts(text);
    expect(parts.join("")).toBe(text);
    // 3GPP TS 23.038 and 23.040: 140 octets, of which a header takes 6.
    const [single, concatenated] = encoding === "GSM-7" ? [160, 153] : [70, 67];
    for (const part of parts) {
      const units = encoding === "GSM-7" ? septets(part) : part.length;
      expect(units).toBeLessThanOrEqual(parts.length === 1 ? single : concatenated);
      expect(part.isWellFormed()).toBe(true);
    }
  });
});

test("an SMS has the lines of its template, and no sign that is not shown", () =>
  fuzz(300, given(anything), (values) => {
    const [text, usual] = [values, { ...values, ...plain, purpose: values.purpose && "login" }].map((one) =>
      smsText(one),
    );
    expect(text?.split("\n")).toHaveLength(usual?.split("\n").length ?? 0);
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
    expect(text?.isWellFormed()).toBe(true);
  }));

const plain = { brand: "Acme", transaction: new Map([["payee", "Bob"]]) };

describe("a call", () => {
  test("says the words and the code in each vendor's markup, and nothing else", async () => {
    const documents: { xml: string; words: string }[] = [];
    await fuzz(400, given(fc.oneof(shown, anything)), (values) => {
      const { speech, keyPress } = callOf({
        ...values,
        keyPressUrl: `https://otp.example/calls/x/${"A".repeat(40)}?a=1&b="`,
      });
      const said = speech.parts.map((part) => (part.kind === "words" ? part.text : part.characters)).join("");
      const language = sayLanguage(speech.locale) ?? "en-US";
      documents.push({ xml: say(speech.parts, language), words: said });
      if (keyPress !== undefined)
        documents.push({ xml: askForKey(keyPress, language), words: keyPress.prompt });
      const ssml = ssmlOf(speech.parts);
      if (ssml !== undefined) documents.push({ xml: ssml, words: said });
      const voice = { language, style: 0, readsSsml: true };
      documents.push({ xml: speechText(speech.parts, voice), words: said });
      expect(speechText(speech.parts, { ...voice, readsSsml: false })).not.toMatch(/[<>&\p{Cc}]/u);
      expect(JSON.parse(JSON.stringify(speech))).toEqual(speech);
      expect(speech.locale).toMatch(/^[A-Za-z0-9-]{2,35}$/);
    });
    const roots = inPortions(documents).flatMap((portion) => parseXml(...portion.map(({ xml }) => xml)));
    expect(new Set(roots.flatMap(namesIn))).toEqual(
      new Set(["Response", "Say", "Pause", "Gather", "speak", "break", "prosody", "say-as"]),
    );
    // As it is well-formed, what is left without its tags is its text.
    const wordsOf = (xml: string) => letters(unescaped(xml.replace(/<[^>]*>/g, "")));
    expect(documents.filter(({ xml, words }) => wordsOf(xml) !== letters(words))).toEqual([]);
  });
});

function namesIn({ name, children }: Element): string[] {
  return [name, ...children.flatMap(namesIn)];
}

/** As many documents as one run of the parser answers. */
function inPortions<T>(all: readonly T[]): T[][] {
  const size = 500;
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

function letters(text: string): string {
  return text.toWellFormed().replace(/[\s\p{Cc}\ufffe\uffff]/gu, "");
}

describe("an e-mail", () => {
  let server: FaultySmtpServer;
  let provider: SmtpProvider;
  beforeAll(async () => {
    server = await startFaultySmtpServer({});
    provider = new SmtpProvider(
      {
        host: "127.0.0.1",
        port: server.port,
        security: "none",
        from: "codes@acme.test",
        timeoutMs: 10_000,
        connectionsMax: 1,
      },
      systemClock,
    );
  });
  afterAll(async () => {
    await provider.close();
    await server.stop();
  });

  test("shows a value as it is written, in its text and in HTML", () =>
    fuzz(400, given(shown), (values) => {
      const { text, html } = emailOf(values);
      const payee = values.transaction.get("payee") ?? "";
      expect(text).toContain(payee);
      expect(unescaped(html)).toContain(`>${payee}<`);
    }));

  test("travels with the headers it should have, one recipient, and its own two parts", async () => {
    const usual = await travelled(emailOf({ locale: "en" }));
    await fuzz(200, given(fc.oneof(shown, anything)), async (values) => {
      const email = emailOf(values);
      const { commands, mail } = await travelled(email);
      expect(commands).toEqual(usual.commands);
      expect(mail.headerNames).toEqual(usual.mail.headerNames);
      expect(decodeWords(mail.header("subject") ?? "")).toBe(email.subject);
      expect(decodeWords(mail.header("from") ?? "")).toContain("<codes@acme.test>");
      expect(mail.header("to")).toBe("someone@example.test");
      expect(mail.parts.map(({ type }) => type)).toEqual(["text/plain", "text/html"]);
      const [text, html] = mail.parts.map(({ text }) => text.trim());
      expect([text, html]).toEqual([email.text.trim(), email.html.trim()]);
    });
  });

  async function travelled(email: ReturnType<typeof emailOf>) {
    const [commands, texts] = [server.commands.length, server.texts.length];
    expect(await provider.send(email, { withinMs: 10_000 })).toMatchObject({ kind: "accepted" });
    expect(server.texts).toHaveLength(texts + 1);
    return {
      commands: server.commands.slice(commands).filter((line) => !line.startsWith("EHLO")),
      mail: parseMail(server.texts.at(-1) ?? ""),
    };
  }
});

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  "#39": "'",
  "#34": '"',
  amp: "&",
};

function unescaped(html: string): string {
  return html.replace(/&([#\w]+);/g, (whole, name: string) => entities[name] ?? whole);
}
