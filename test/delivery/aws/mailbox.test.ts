import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mailbox } from "../../../src/delivery/aws/mailbox.ts";
import { headerText, isOneAddress } from "../../../src/delivery/mail-text.ts";

const address = "codes@acme.example";

/** Reads what a mail client reads (RFC 2047, section 6), independently of how it was written. */
function nameIn(text: string): string {
  const name = text.slice(0, text.lastIndexOf(" <"));
  if (name.startsWith('"')) return name.slice(1, -1).replace(/\\(.)/g, "$1");
  return name
    .split(" ")
    .map((word) => {
      expect(word).toMatch(/^=\?UTF-8\?B\?[A-Za-z0-9+/]+={0,2}\?=$/);
      expect(word.length).toBeLessThanOrEqual(75);
      const bytes = Buffer.from(word.slice("=?UTF-8?B?".length, -"?=".length), "base64");
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    })
    .join("");
}

test.each([
  ["Acme", '"Acme" <codes@acme.example>'],
  ['Acme, "the" \\ Shop', '"Acme, \\"the\\" \\\\ Shop" <codes@acme.example>'],
  ["Zürich Käse", "=?UTF-8?B?WsO8cmljaCBLw6RzZQ==?= <codes@acme.example>"],
  ["", "codes@acme.example"],
])("%j stands before the address as %s", (name, expected) => {
  expect(mailbox(name, address)).toBe(expected);
});

test("any name is read as it was written, and in nothing but ASCII on one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (name) => {
      const text = mailbox(name, address);
      expect(text).toMatch(/^[ -~]*$/);
      fc.pre(headerText(name).trim() !== "");
      expect(text.endsWith(` <${address}>`)).toBe(true);
      expect(nameIn(text)).toBe(headerText(name));
    }),
  );
});

test("Python's mail library reads it too", () => {
  const names = [
    "Acme",
    'Acme, "the" \\ Shop (CH) <x@y>',
    "Zürich & 東京 Käse, «frisch» 🧀 vom Berg",
    "👩‍👩‍👧‍👦".repeat(4),
    "=?UTF-8?B?RXZl?=",
  ];
  const script = [
    "import json, sys",
    "from email.header import decode_header, make_header",
    "from email.utils import parseaddr",
    "def read(text):",
    "    name, address = parseaddr(text)",
    "    return [str(make_header(decode_header(name))), address]",
    "print(json.dumps([read(text) for text in json.load(sys.stdin)]))",
  ].join("\n");
  const input = JSON.stringify(names.map((name) => mailbox(name, address)));
  const read = execFileSync("/usr/bin/python3", ["-c", script], { input, encoding: "utf8" });
  expect(JSON.parse(read)).toEqual(names.map((name) => [name, address]));
});

test.each(["Acme\r\nBcc: eve@evil.example", "Acme\u2028Bcc: eve@evil.example", "Acme\0"])(
  "%j adds no header",
  (name) => {
    expect(mailbox(name, address)).toMatch(/^[ -~]*$/);
    expect(headerText(name)).not.toMatch(/[\p{Cc}\u2028]/u);
  },
);

test("what looks like an encoded word is not read as one", () => {
  const name = "=?UTF-8?B?RXZl?=";
  expect(nameIn(mailbox(name, address))).toBe(name);
});

describe("one address", () => {
  test.each(["ada@example.org", "o'neil+tag@xn--bcher-kva.example"])("%s", (text) => {
    expect(isOneAddress(text)).toBe(true);
  });

  test.each([
    "a@b.example, c@d.example",
    "Ada <ada@example.org>",
    "group:a@b;",
    "a@b@c",
    "ä@b.example",
    "a b@c",
    "a\n@b",
  ])("is not %j", (text) => {
    expect(isOneAddress(text)).toBe(false);
  });
});
