import { expect, test } from "vitest";
import { senderFor } from "../../src/delivery/sender.ts";

const senders = { from: "Acme", fromByCountry: new Map([["US", "40404"]]) };

test("a message to a territory is from the sender for its country", () => {
  expect(["US", "PR", "GU", "JM", undefined].map((country) => senderFor(senders, country))).toEqual([
    "40404",
    "40404",
    "40404",
    "Acme",
    "Acme",
  ]);
});

test("a territory that has a sender of its own keeps it", () => {
  const own = { ...senders, fromByCountry: new Map([...senders.fromByCountry, ["PR", "50505"]]) };

  expect([senderFor(own, "PR"), senderFor(own, "GU"), senderFor(own, "US")]).toEqual([
    "50505",
    "40404",
    "40404",
  ]);
});
