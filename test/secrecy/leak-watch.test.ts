import { describe, expect, it, test } from "vitest";
import { refuseLeaks, refuseLeaksInRedis, watchDestination, watchMessage } from "../support/leak-watch.ts";
import { startRedis } from "../support/redis.ts";
import { leaksIn, secretCode, secretEmail, secretKey, secretPhone } from "./leak-search.ts";

const number = "+41763920184";
const address = "Watched.Owner@watched-domain.test";
const codes = { digits: "804613", letters: "VP6P9M" };

watchMessage({ to: number, text: `Acme: ${codes.digits} is your code.` });
watchMessage({ to: number, text: `Your code is ${[...codes.letters].join(". ")}. Again:` });
watchDestination(address);

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("The watch over what tests leave", () => {
  it.each([
    ["a code", `{"event":"call","detail":"${codes.digits}"}`],
    ["a code between words", `compared ${codes.digits} with another`],
    ["a code of letters, in any case", `x=${codes.letters.toLowerCase()}`],
    ["a number", `to ${number}`],
    ["a number without its plus", `"${number.slice(1)}"`],
    ["a number without its country code", `dial ${number.slice(3)}`],
    ["a number in a key", `passcode:1:ledger:${number}`],
    ["a number in base64", `ledger:${base64(number)}`],
    ["a number in hex", Buffer.from(number).toString("hex")],
    ["an address in any case", `<${address.toLowerCase()}>`],
    ["an address in base64", `"${base64(address)}"`],
  ])("finds %s", (_, text) => {
    expect(() => refuseLeaks("the log", [text])).toThrow("found in the log");
  });

  it.each([
    ["in an instant", `{"time":"2026-11-23T09:36:14.123Z","atMs":1763${codes.digits}123}`],
    ["within a longer word", `session A${codes.digits}b, 1${codes.digits}`],
    ["in a masked destination", "+41 *******84, W***@w***.test"],
  ])("does not take for a code or a number what is %s", (_, text) => {
    expect(() => refuseLeaks("the log", [text])).not.toThrow();
  });

  it("looks through Redis, its keys and values, and for keys that would live for ever", async () => {
    const redis = await startRedis();
    await redis.command("SET", "passcode:1:a", "nothing", "PX", "60000");
    await expect(refuseLeaksInRedis(redis)).resolves.toBeUndefined();
    await redis.command("SET", "passcode:1:b", `{"code":"${codes.digits}"}`, "PX", "60000");
    await expect(refuseLeaksInRedis(redis)).rejects.toThrow("found in Redis");
    await redis.command("DEL", "passcode:1:b");
    await redis.command("SET", `passcode:1:${number}`, "nothing", "PX", "60000");
    await expect(refuseLeaksInRedis(redis)).rejects.toThrow("found in Redis");
    await redis.command("DEL", `passcode:1:${number}`);
    await redis.command("SET", "passcode:1:c", "nothing");
    await expect(refuseLeaksInRedis(redis)).rejects.toThrow("never expire: passcode:1:c");
    await redis.command("FLUSHALL");
    await redis.stop();
  });

  it("takes a Redis that is gone for one with nothing in it", async () => {
    const redis = await startRedis();
    await redis.kill();
    await expect(refuseLeaksInRedis(redis)).resolves.toBeUndefined();
    await redis.stop();
  });

  it("looks through a Redis that is full", async () => {
    const redis = await startRedis();
    await redis.command("SET", "passcode:1:a", codes.digits, "PX", "60000");
    await redis.command("CONFIG", "SET", "maxmemory", "1");
    await expect(redis.command("SET", "passcode:1:b", "nothing")).rejects.toThrow("OOM");
    await expect(refuseLeaksInRedis(redis)).rejects.toThrow("found in Redis");
    await redis.command("FLUSHALL");
    await redis.stop();
  });

  it("does not take a Redis that lets nobody look for one with nothing in it", async () => {
    const redis = await startRedis();
    await redis.command("CONFIG", "SET", "requirepass", "a password nobody has");
    await expect(refuseLeaksInRedis(redis)).rejects.toThrow("NOAUTH");
    await redis.kill();
    await redis.stop();
  });

  it.each(["MOVED 866 127.0.0.1:7001", "ERR unknown command 'keys' script: on @user_script:3."])(
    "does not take one that answers %j for one with nothing in it",
    async (answer) => {
      const redis = { command: () => Promise.reject(new Error(answer)) };
      await expect(refuseLeaksInRedis(redis)).rejects.toThrow(answer);
    },
  );
});

const longCode = "8046137295";
const key = Buffer.from("a key of thirty-two random bytes").toString("base64");

test.each([
  ["a code", longCode],
  ["a code that is spoken", [...longCode].join(". ")],
  ["a code in groups", "804-613-72-95"],
  ["a code in a longer base64", base64(`{"c":"${longCode}"}`)],
  ["a code in UTF-16", Buffer.from(longCode, "utf16le").toString("latin1")],
  ["a code turned round", [...longCode].reverse().join("")],
  ["a number", number],
  ["a number in groups", "+41 76 392 01 84"],
  ["a number in a URL", encodeURIComponent(number)],
  ["a number in a longer base64, at any place", `${base64(`x${number}yy`)} ${base64(`to ${number}`)}`],
  ["a number in hex", Buffer.from(number).toString("hex").toUpperCase()],
  ["an address in a URL", encodeURIComponent(address)],
  ["an address in quoted-printable", address.replace("@", "=40")],
  ["a folded address", address.toLowerCase()],
  ["one side of an address", "no mailbox Watched.Owner here"],
  ["a key", key],
  [
    "a key as Node prints a buffer",
    Buffer.from(key, "base64")
      .toString("hex")
      .replaceAll(/(..)(?=.)/g, "$1 "),
  ],
])("the search finds %s", (_, text) => {
  const secrets = [secretCode(longCode), secretPhone(number), secretEmail(address), secretKey("key", key)];
  expect(leaksIn(`before ${text} after`, secrets)).toHaveLength(1);
});
