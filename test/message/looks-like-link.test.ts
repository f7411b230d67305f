import { expect, test } from "vitest";
import { looksLikeLink } from "../../src/message/looks-like-link.ts";

test.each([
  "https://evil.test/",
  "javascript://x",
  "www.evil",
  "Kim WWW.evil",
  "evil.com",
  "evil.com/login",
  "t.me",
  "Kim t.me/x",
  "Kim,bit.ly/3x",
  "booking.com",
  "evil.xn--p1ai",
  "почта.рф",
  "例え.テスト",
  "kim@evil.com",
  "evil.co.uk",
  "(evil.com)",
  "ｅｖｉｌ．ｃｏｍ",
  "evil․com",
  "evil.\u200bcom",
  "e\u00advil.com",
  "192.168.0.1",
  "at 10.0.0.1/x",
  "St.Gallen",
  "Dr.med Kim",
  "J.R.Smith",
])("%s looks like a link", (value) => {
  expect(looksLikeLink(value)).toBe(true);
});

test.each([
  "Kim",
  "J. R. Smith",
  "J.R. Smith",
  "Dr. med. Kim",
  "St. Gallen",
  "O'Neil-Jones Jr.",
  "Acme Inc.",
  "Schmidt e.V.",
  "U.S.A.",
  "Kim...and more",
  "1.299,50 EUR",
  "1.299.500,00",
  "12.50",
  "v2.0.1",
  "24.12.2026",
  "24.12.2026 18.30",
  "DE89 3704 0044 0532 0130 00",
  "9 a.m.",
  "你好。世界",
  "Nr.5",
  "50:50",
  "and/or",
  "@kim",
  "1.299.500.300.000",
  "999.999.999.999",
])("%s does not look like a link", (value) => {
  expect(looksLikeLink(value)).toBe(false);
});
