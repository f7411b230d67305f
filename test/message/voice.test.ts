import { expect, test } from "vitest";
import { callOf, payment } from "./message-request.ts";

test("a call says who calls, the code twice digit by digit, how long it is valid, and to keep it", () => {
  expect(callOf().speech).toBe(
    "Hello. This is Acme, calling with your code. " +
      "Your code is: 4. 7. 1. 9. 0. 2. " +
      "Once more, your code is: 4. 7. 1. 9. 0. 2. " +
      "It is valid for 10 minutes. Do not share it with anyone. Goodbye.",
  );
});

test("a call says the transaction before the code", () => {
  expect(callOf({ transaction: payment }).speech).toContain(
    "It confirms: amount, 12 EUR; payee name, Bob & Söhne. Your code is: 4.",
  );
});

test("a call spells letters as it spells digits", () => {
  expect(callOf({ code: "7KQ4" }).speech).toContain("Your code is: 7. K. Q. 4. ");
});

test.each([
  ["en-GB", "en-GB"],
  ["en", "en-US"],
  ["de-CH", "en-US"],
  ["", "en-US"],
  ["en-\n", "en-US"],
])("a call asked for in %o is read by a voice for %s", (locale, expected) => {
  expect(callOf({ locale }).locale).toBe(expected);
});
