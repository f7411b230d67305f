import { expect, onTestFinished, test } from "vitest";
import { AccessTokens } from "../../../src/delivery/smtp/access-tokens.ts";
import { granted, startTokenServer } from "./token-server.ts";

async function tokensFrom(...answers: Parameters<typeof startTokenServer>) {
  const { tokenUrl, requests } = await startTokenServer(...answers);
  const clock = { ms: Date.UTC(2026, 11, 1, 12), nowMs: () => clock.ms };
  const client = { clientId: "acme-client", clientSecret: "acme-secret" };
  const tokens = new AccessTokens({ tokenUrl, ...client }, { timeoutMs: 5_000, clock });
  onTestFinished(() => tokens.close());
  return { tokens, requests, clock };
}

test("a token is fetched once for all who ask at the same time", async () => {
  const { tokens, requests } = await tokensFrom(granted("token-1"));
  expect(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).toEqual(Array(3).fill("token-1"));
  expect(requests).toHaveLength(1);
});

test("one that could not be fetched is asked for again", async () => {
  const { tokens } = await tokensFrom({ status: 503, body: "" }, granted("token-1"));
  await expect(tokens.get()).rejects.toThrow("no access token");
  expect(await tokens.get()).toBe("token-1");
});

test.each<[string, object, number]>([
  ["a minute before its end", { expires_in: 3_600 }, 3_540_000],
  ["a minute before its end, told as text", { expires_in: "3600" }, 3_540_000],
  ["some minutes, if it has no end", {}, 240_000],
])("a token is used until %s", async (_, more, ms) => {
  const { tokens, clock } = await tokensFrom(granted("token-1", more), granted("token-2"));
  await tokens.get();
  clock.ms += ms - 1;
  expect(tokens.current).toBe("token-1");
  clock.ms += 1;
  expect(tokens.current).toBeUndefined();
  expect(await tokens.get()).toBe("token-2");
});

test("a token that is used no more is not discarded twice", async () => {
  const { tokens } = await tokensFrom(granted("token-1"), granted("token-2"));
  await tokens.get();
  tokens.discard("token-1");
  expect(await tokens.get()).toBe("token-2");
  tokens.discard("token-1");
  expect(tokens.current).toBe("token-2");
});
