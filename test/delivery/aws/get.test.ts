import { afterEach, beforeEach, expect, test } from "vitest";
import { getWithin } from "../../../src/delivery/aws/get.ts";
import {
  type Behaviour,
  type FaultyHttpServer,
  startFaultyHttpServer,
} from "../../support/faulty-http-server.ts";

let server: FaultyHttpServer;
beforeEach(async () => {
  server = await startFaultyHttpServer();
});
afterEach(() => server.close());

function getWhen(behaviour: Behaviour, timeoutMs = 5_000) {
  server.behave(behaviour);
  return getWithin(timeoutMs)(`${server.url}/page.pem?a=b`);
}

test("fetches a page, once", async () => {
  expect(await getWhen({ kind: "answer", status: 200, body: "käse" })).toBe("käse");
  expect(server.requests).toMatchObject([{ method: "GET", url: "/page.pem?a=b", body: "" }]);
});

test("follows no redirect", async () => {
  const elsewhere = await startFaultyHttpServer();
  elsewhere.behave({ kind: "answer", status: 200, body: "elsewhere" });
  const headers = { location: `${elsewhere.url}/` };
  expect(await getWhen({ kind: "answer", status: 302, headers })).toBeUndefined();
  expect(elsewhere.requests).toEqual([]);
  await elsewhere.close();
});

test.each<[string, Behaviour]>([
  ["not found", { kind: "answer", status: 404, body: "not found" }],
  ["cut off", { kind: "resetInBody", status: 200, body: "-----BEGIN" }],
  ["longer than 16 KiB", { kind: "answer", status: 200, body: "x".repeat(16 * 1024 + 1) }],
  ["not HTTP", { kind: "garbage" }],
  ["refused", { kind: "reset" }],
])("gives up what is %s", async (_, behaviour) => {
  expect(await getWhen(behaviour)).toBeUndefined();
});

test("gives up what does not come in time", async () => {
  expect(await getWhen({ kind: "silence" }, 100)).toBeUndefined();
});

test("gives up what is nowhere", async () => {
  expect(await getWithin(5_000)("http://127.0.0.1:1/")).toBeUndefined();
  expect(await getWithin(5_000)("no URL")).toBeUndefined();
});
