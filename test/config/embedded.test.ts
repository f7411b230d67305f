import { expect, test } from "vitest";
import { embeddedConfig } from "../../src/config/embedded.ts";
import { systemRandom } from "../../src/random.ts";
import { load } from "./configuration.ts";

test("what runs without a file is what this file says", () => {
  const { keys: _, ...embedded } = embeddedConfig(systemRandom);
  const { keys: __, ...loaded } = load(`
development: true
providers:
  outbox: {kind: outbox}
profiles:
  default:
    brand: Passcode
    channels: {sms: outbox, voice: outbox, email: outbox}
`);

  expect(embedded).toEqual(loaded);
});

test("makes new keys at every start", () => {
  const [one, other] = [embeddedConfig(systemRandom), embeddedConfig(systemRandom)];

  expect(one.keys.index.equals(other.keys.index)).toBe(false);
});
