import { expect, test } from "vitest";
import { SendsInHand } from "../../src/passcode/sends-in-hand.ts";

/** Work that ends when told. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { begin: () => promise, end: () => resolve("done"), fail: () => reject(new Error("broken")) };
}

test("admits as many of a key as it may have in hand, whatever others have", () => {
  const inHand = new SendsInHand((key) => (key === "small" ? 1 : 2));
  const { begin } = work();
  const admitted = ["small", "small", "large", "large", "large"].map((key) => inHand.admit(key, begin));
  expect(admitted.map((one) => one !== undefined)).toEqual([true, false, true, true, false]);
});

test("has room again once the work has ended, well or not", async () => {
  const inHand = new SendsInHand(() => 1);
  for (const how of ["end", "fail"] as const) {
    const first = work();
    const admitted = inHand.admit("key", first.begin);
    expect(inHand.admit("key", first.begin)).toBeUndefined();
    first[how]();
    await admitted?.catch(() => {});
  }
  expect(inHand.admit("key", work().begin)).toBeDefined();
});

test("counts what follows from an admitted send, without ever refusing it", () => {
  const inHand = new SendsInHand(() => 2);
  const { begin } = work();
  for (let times = 0; times < 3; times++) void inHand.count("key", begin);
  expect(inHand.admit("key", begin)).toBeUndefined();
});
