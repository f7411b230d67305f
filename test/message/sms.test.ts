import { expect, test } from "vitest";
import { payment, smsText } from "./message-request.ts";
import { septets } from "./segments.ts";

const web = { kind: "web", host: "login.acme.test" } as const;
const android = { kind: "android", hash: "FA+9qCX9VSu" } as const;

test("an SMS says whose code it is, the code, how long it is valid, and to keep it", () => {
  expect(smsText()).toBe("Acme: your code is 471902. Valid for 10 minutes. Do not share it with anyone.");
});

test("an SMS shows the transaction, a pair a line, in the order given", () => {
  expect(smsText({ transaction: payment })).toBe(
    "Acme: your code is 471902, to confirm\n" +
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
  expect(septets(smsText({ ...usual, autofill: web }))).toBeLessThanOrEqual(160);
});

test("an SMS for an Android app fits the 140 bytes its reader takes", () => {
  expect(Buffer.byteLength(smsText({ brand: "Stadtwerke Sued", autofill: android }))).toBeLessThanOrEqual(
    140,
  );
});

test("an SMS asked for in another language is in English", () => {
  expect(smsText({ locale: "sr-Latn-ME" })).toBe(smsText());
});
