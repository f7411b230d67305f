import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { ApiKeys, newApiKey } from "../../src/config/api-key.ts";
import { newSecret } from "../../src/config/secret.ts";
import { systemRandom } from "../../src/random.ts";

const ones = { bytes: (count: number) => Buffer.alloc(count, 1) };

test("a new API key is 256 random bits behind a prefix that tells what it is", () => {
  const { key } = newApiKey(ones);

  expect(key).toBe(`passcode_${"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"}`);
});

test("the configuration knows a key by the SHA-256 of all of it", () => {
  const { key, sha256 } = newApiKey(systemRandom);

  expect(sha256).toBe(createHash("sha256").update(key).digest("hex"));
});

test("finds the holder of a key, wherever it stands", () => {
  const keys = ["a", "b", "c"].map((name) => ({ name, ...newApiKey(systemRandom) }));
  const apiKeys = new ApiKeys(keys.map(({ name, sha256 }) => ({ name, sha256 })));

  expect(keys.map(({ key }) => apiKeys.find(key)?.name)).toEqual(["a", "b", "c"]);
});

test("finds nobody for a key that nobody holds", () => {
  const { key, sha256 } = newApiKey(systemRandom);
  const apiKeys = new ApiKeys([{ name: "a", sha256 }]);

  expect(apiKeys.find("")).toBeUndefined();
  expect(apiKeys.find(key.slice(0, -1))).toBeUndefined();
  expect(apiKeys.find(`${key} `)).toBeUndefined();
  expect(apiKeys.find(sha256)).toBeUndefined();
  expect(new ApiKeys([]).find(key)).toBeUndefined();
});

test("does not even hash what is too long to be a key", () => {
  const long = "x".repeat(257);
  const apiKeys = new ApiKeys([{ name: "a", sha256: createHash("sha256").update(long).digest("hex") }]);

  expect(apiKeys.find(long)).toBeUndefined();
});

test("a new secret is 32 random bytes in base64", () => {
  expect(newSecret(ones)).toBe(Buffer.alloc(32, 1).toString("base64"));
});
