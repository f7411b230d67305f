import { describe, expect, test } from "vitest";
import { development, problemsOf } from "./configuration.ts";

const base64 = (bytes: Iterable<number>) => Buffer.from([...bytes]).toString("base64");

describe("refuses as keys", () => {
  const index = base64(Array(32).keys());
  const code = base64([...Array(32).keys()].map((byte) => 99 - byte));
  const keyRules: [fact: string, keys: string, problem: string][] = [
    [
      "fewer than 32 bytes",
      `index: ${base64(Array(31).keys())}, codes: [{id: 1, secret: ${code}}]`,
      "8:8: keys.index: must be base64 of at least 32 bytes",
    ],
    [
      "what is not base64",
      `index: "${"?".repeat(44)}", codes: [{id: 1, secret: ${code}}]`,
      "8:8: keys.index: must be base64 of at least 32 bytes",
    ],
    [
      "the same byte again and again",
      `index: ${base64(Array(32).fill(7))}, codes: [{id: 1, secret: ${code}}]`,
      "8:8: keys.index: is too regular to be secret; take one at random",
    ],
    ["none for codes", `index: ${index}, codes: []`, "8:61: keys.codes: must have 1 to 16 entries"],
    [
      "an id of 0",
      `index: ${index}, codes: [{id: 0, secret: ${code}}]`,
      "8:70: keys.codes[0].id: must be a whole number from 1 to 255, got 0",
    ],
    [
      "an id of 256",
      `index: ${index}, codes: [{id: 256, secret: ${code}}]`,
      "8:70: keys.codes[0].id: must be a whole number from 1 to 255, got 256",
    ],
    [
      "one id twice",
      `index: ${index}, codes: [{id: 1, secret: ${code}}, {id: 1, secret: ${base64(Array(40).keys())}}]`,
      "8:133: keys.codes[1].id: is the id of an earlier key",
    ],
    [
      "one secret twice",
      `index: ${index}, codes: [{id: 1, secret: ${code}}, {id: 2, secret: ${code}}]`,
      "8:140: keys.codes[1].secret: is the secret of an earlier key",
    ],
    [
      "one secret for both uses",
      `index: ${index}, codes: [{id: 1, secret: ${index}}]`,
      "8:77: keys.codes[0].secret: must not be the same secret as keys.index",
    ],
  ];

  test.each(keyRules)("%s", (_, keys, problem) => {
    expect(problemsOf(`${development}keys: {${keys}}\n`)).toEqual([`passcode.yaml:${problem}`]);
  });
});
