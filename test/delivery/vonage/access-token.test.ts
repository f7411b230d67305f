import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { AccessToken } from "../../../src/delivery/vonage/access-token.ts";
import { systemRandom } from "../../../src/random.ts";
import { applicationId, nowMs, privateKey } from "./account.ts";

function tokenAt(clock: { ms: number }): AccessToken {
  return new AccessToken({ applicationId, privateKey }, { nowMs: () => clock.ms }, systemRandom);
}

test("a token is used again until a minute before it runs out", async () => {
  const clock = { ms: nowMs };
  const tokens = tokenAt(clock);
  const first = await tokens.get();
  clock.ms += 239_999;
  expect(await tokens.get()).toBe(first);

  clock.ms += 1;
  const second = decodeJwt(await tokens.get());
  expect(second.iat).toBe(nowMs / 1_000 + 240);
  expect(second.exp).toBe(nowMs / 1_000 + 540);
  expect(second.jti).not.toBe(decodeJwt(first).jti);
});

test("requests at the same time share a token", async () => {
  const tokens = tokenAt({ ms: nowMs });
  const [one, other] = await Promise.all([tokens.get(), tokens.get()]);
  expect(one).toBe(other);
});

test("after the clock was set back, no token of the future is used", async () => {
  const clock = { ms: nowMs };
  const tokens = tokenAt(clock);
  await tokens.get();
  clock.ms -= 1_000;
  expect(decodeJwt(await tokens.get()).iat).toBe(nowMs / 1_000 - 1);
});
