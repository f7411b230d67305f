import { expect, test } from "vitest";
import { smsParts } from "../../src/message/segments.ts";
import { payment, smsOf, smsText } from "./message-request.ts";
import { ownTemplates } from "./own-templates.ts";

const web = { kind: "web", host: "login.acme.test" } as const;
const android = { kind: "android", hash: "FA+9qCX9VSu" } as const;

test("an SMS says whose code it is, the code, how long it is valid, and to keep it", () => {
  expect(smsText()).toBe("Acme: your code is 471902. Valid for 10 minutes. Do not share it with anyone.");
});

test("an SMS goes to its number and country, and is of use as long as its code", () => {
  expect(smsOf({ country: "DE" })).toMatchObject({
    to: "+491701234567",
    country: "DE",
    validForMs: 600_000,
  });
  expect(smsOf()).not.toHaveProperty("country");
});

test("an SMS shows the transaction, a pair a line, in the order given", () => {
  expect(smsText({ transaction: payment })).toBe(
    "Acme: your code is 471902, to confirm:\n" +
      "amount: 12 EUR\n" +
      "payee name: Bob & Söhne\n" +
      "Valid for 10 minutes. Do not share it with anyone.",
  );
});

test("an SMS for a web page ends in a blank line and the line that binds the code to the host", () => {
  expect(smsText({ autofill: web })).toBe(`${smsText()}\n\n@login.acme.test #471902`);
});

test("an SMS for an Android app ends in a blank line and the app's hash", () => {
  expect(smsText({ autofill: android })).toBe(`${smsText()}\n\nFA+9qCX9VSu`);
});

test("the autofill line is the last one below a transaction too", () => {
  expect(smsText({ transaction: payment, autofill: web }).split("\n").at(-1)).toBe(
    "@login.acme.test #471902",
  );
});

test("nothing but a host gets into the line for a web page", () => {
  const text = smsText({ autofill: { kind: "web", host: "evil.test #999999\n@acme.test" } });
  expect(text.split("\n").at(-1)).toBe("@evil.test999999acme.test #471902");
});

test("an SMS with the longest code and a brand of 40 letters fits one segment, autofill line included", () => {
  const usual = { brand: "Stadtwerke Unterfoehring Kundenportal 24", code: "4719024719" };
  expect(smsParts(smsText({ ...usual, autofill: web })).parts).toHaveLength(1);
});

test("an SMS for an Android app keeps all it says while that fits the 140 bytes its reader takes", () => {
  const text = smsText({ brand: "Stadtwerke Sued", autofill: android });
  expect(text).toContain("Do not share it with anyone.");
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(140);
});

test("an SMS for an Android app says less in a language that takes more bytes", () => {
  const text = smsText({ locale: "hi", autofill: android });
  expect(text).toMatch(/^Acme: [^\n]*471902[^\n]*\n\nFA\+9qCX9VSu$/);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(140);
});

test("an SMS for an Android app that would be too long anyway says all it says to others", () => {
  const changes = { locale: "hi", transaction: new Map([["payee", "ब".repeat(60)]]) };
  expect(smsText({ ...changes, autofill: android })).toBe(`${smsText(changes)}\n\nFA+9qCX9VSu`);
});

test("an SMS of the operator's own keeps the lines of its template, without blanks at their ends", () => {
  const templates = ownTemplates({
    "sms.en.liquid": "\n{{ brand }}  \r\n\n{% if purpose %}\n{% endif %}\n\nCode: {{ code }}\nBye\n\n",
  });
  expect(smsText({ templates })).toBe("Acme\n\nCode: 471902\nBye");
});

test("a line that a value turns into one that binds a code to a host loses what makes it one", () => {
  const templates = ownTemplates(
    { "sms.en.liquid": "{{ code }}\n{{ first_name }}\nBye" },
    { variables: new Map([["first_name", "Kim"]]) },
  );
  const text = smsText({ templates, variables: new Map([["first_name", "@evil.test #999999"]]) });
  expect(text).toBe("471902\n@evil.test 999999\nBye");
});
