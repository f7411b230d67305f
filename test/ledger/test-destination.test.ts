import { expect, it } from "vitest";
import { testDestination } from "../../src/ledger/test-destination.ts";

it.each([
  ["00", "delivered", { handover: "accepted", report: "delivered" }],
  ["01", "always-right", { handover: "accepted", report: "delivered", verdict: "right" }],
  ["02", "always-wrong", { handover: "accepted", report: "delivered", verdict: "wrong" }],
  ["03", "slow", { handover: "slow", report: "delivered" }],
  ["04", "destination-refused", { handover: "destinationRefused" }],
  ["05", "account-refused", { handover: "accountRefused" }],
  ["06", "overloaded", { handover: "overloaded" }],
  ["07", "unreachable", { handover: "unreachable" }],
  ["08", "no-answer", { handover: "noAnswer" }],
  ["09", "never-reported", { handover: "accepted" }],
  ["10", "no-such-destination", { handover: "accepted", report: "destinationRefused" }],
  ["11", "blocked", { handover: "accepted", report: "blocked" }],
  ["12", "undelivered", { handover: "accepted", report: "undelivered" }],
])("+120255501%s and %s@example.com are the same test destination", (digits, name, destination) => {
  expect(testDestination({ canonical: `+120255501${digits}` })).toStrictEqual(destination);
  expect(testDestination({ canonical: `${name}@example.com` })).toStrictEqual(destination);
});

it.each([
  "",
  "+120255501",
  "+12025550113",
  "+12025550199",
  "+41791234567",
  "@example.com",
  "alice@example.com",
  "always-right@example.org",
])("%j is none", (canonical) => {
  expect(testDestination({ canonical })).toBeUndefined();
});
