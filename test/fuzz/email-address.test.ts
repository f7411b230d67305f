import { domainToUnicode } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEmail } from "../../src/ledger/destination.ts";
import { mutatedText } from "./bytes.ts";
import { expectSense, keyOf } from "./destination-sense.ts";
import { fuzz } from "./fuzzing.ts";

const local = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9.+_-]{1,20}$/),
  fc.stringMatching(/^[!-~]{1,66}$/),
  fc.constantFrom(
    "",
    ".",
    "a..b",
    '"a b"',
    '"a@evil.test"',
    "a\\@b",
    "a+b+c",
    "+a",
    "a\u0301",
    "é",
    "а",
    "a\u200b",
    "a\r\nBcc:b",
  ),
);
const labels = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9-]{1,12}$/),
  fc.stringMatching(/^xn--[a-z0-9-]{1,12}$/),
  fc.constantFrom(
    "gmail",
    "GoogleMail",
    "münchen",
    "MÜNCHEN",
    "mu\u0308nchen",
    "faß",
    "fass",
    "pаypal",
    "日本",
    "xn--mnchen-3ya",
    "ﬁ",
    "①",
    "a\u00adb",
    "ａ",
    "\u202eb",
    "%61",
    "１",
    "x".repeat(64),
  ),
);
const top = fc.constantFrom(
  "example",
  "com",
  "COM",
  "test",
  "1",
  "рф",
  "xn--p1ai",
  "c",
  "de.",
  "",
  "[127.0.0.1]",
  "com:25",
  "com/x",
  "com?x",
  "com#x",
);
const address = fc
  .tuple(local, fc.array(labels, { minLength: 1, maxLength: 3 }), top)
  .map(([name, labels, top]) => `${name}@${[...labels, top].join(".")}`);

describe("an e-mail address", () => {
  const wrapped = fc
    .tuple(
      address,
      fc.constantFrom(
        "<{}>",
        "Ann <{}>",
        "{} (comment)",
        "(c(c))){}",
        "group: {};",
        "{}, b@b.example",
        " {}",
        "{}\n",
        "mailto:{}",
        "{}@b.example",
        "@a,@b:{}",
      ),
    )
    .map(([text, around]) => around.replace("{}", () => text));

  test("is read in one form or refused, whatever it looks like", () =>
    fuzz(
      4_000,
      fc.oneof(
        { weight: 3, arbitrary: address },
        wrapped,
        mutatedText(address),
        fc.string({ unit: "binary" }),
      ),
      (text) => {
        expectSense(text, parseEmail);
        const parsed = parseEmail(text);
        if (parsed.kind !== "ok") return;
        const { address, canonical } = parsed.destination;
        // What is before the @ is delivered to as given, and nothing stands around the address.
        expect(address.split("@")).toHaveLength(2);
        expect(text.startsWith(address.slice(0, address.indexOf("@") + 1))).toBe(true);
        expect(canonical).toBe(canonical.toLowerCase());
        // Of the ways to write a domain two are taken: its letters, and its A-labels.
        const written = text
          .slice(text.indexOf("@") + 1)
          .normalize("NFC")
          .toLowerCase();
        const ascii = address.slice(address.indexOf("@") + 1);
        expect([ascii, domainToUnicode(ascii)]).toContain(written);
      },
    ));

  /** Where dots in a name say nothing. */
  const gmail = ["gmail.com", "GMAIL.COM", "googlemail.com"];
  const variant = fc.record({
    name: fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/),
    upper: fc.boolean(),
    suffix: fc.option(fc.stringMatching(/^[a-z0-9]{1,5}$/), { nil: undefined }),
    domain: fc.constantFrom(
      gmail,
      ["b.example", "B.Example"],
      ["münchen.de", "MÜNCHEN.de", "mu\u0308nchen.de", "xn--mnchen-3ya.de", "XN--MNCHEN-3YA.DE"],
    ),
    spelling: fc.nat(10),
  });
  type Variant = typeof variant extends fc.Arbitrary<infer V> ? V : never;
  const written = ({ name, upper, suffix, domain, spelling }: Variant) => {
    const dotted = domain === gmail && spelling % 2 === 1 ? [...name].join(".") : name;
    const local = `${upper ? dotted.toUpperCase() : dotted}${suffix === undefined ? "" : `+${suffix}`}`;
    return `${local}@${domain[spelling % domain.length]}`;
  };

  test("has the limits of every other spelling of it, and of no other", () =>
    fuzz(1_500, fc.tuple(variant, variant, fc.boolean()), ([one, other, isSame]) => {
      const second = isSame ? { ...other, name: one.name, domain: one.domain } : other;
      const [a, b] = [parseEmail(written(one)), parseEmail(written(second))];
      expect([a.kind, b.kind]).toEqual(["ok", "ok"]);
      const isOne = one.name === second.name && one.domain === second.domain;
      expect(keyOf(a) === keyOf(b)).toBe(isOne);
    }));
});

test.each<[string, string]>([
  ["comments in comments", `${"(".repeat(32_768)}a${")".repeat(32_768)}@b.example`],
  ["quotes", `"${'\\"'.repeat(32_768)}"@b.example`],
  ["dots", `a@${".".repeat(65_536)}`],
  ["labels", `a@${"b.".repeat(32_768)}example`],
  ["@", "@".repeat(65_536)],
  ["marks on a letter", `a@${"e\u0301".repeat(32_768)}.example`],
  ["emoji joined", `a@${"👩\u200d".repeat(16_000)}.example`],
  ["A-labels", `a@xn--${"a".repeat(65_536)}.example`],
  ["dots before the @", `${"a.".repeat(32_768)}a@b.example`],
])("64 KiB of %s are refused", (_, text) => {
  expect(parseEmail(text).kind).toBe("invalid");
});
