import { inspect } from "node:util";
import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  GetSessionRequestSchema,
  GetSessionResponseSchema,
  PasscodeService,
} from "../../gen/passcode/v1/passcode_service_pb.ts";
import { authenticateBy } from "../../src/rpc/authentication.ts";
import { Guard } from "../../src/rpc/guard.ts";
import { StoreUnavailableError } from "../../src/store/store.ts";
import { createLog } from "../../src/telemetry/log.ts";

const method = PasscodeService.method.getSession;
const { signal } = new AbortController();
const call = {
  authorization: undefined,
  protocol: "grpc",
  signal,
  gone: () => false,
  remainingMs: () => undefined,
};
const message = create(GetSessionRequestSchema, { sessionId: "A".repeat(44) });
const request = { kind: "decoded", message } as const;

/** GetSession behind a guard, and the log's lines as objects. */
function guarded(handle: () => Promise<never> | Promise<ReturnType<typeof answer>>) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog("debug", { write: (line) => lines.push(JSON.parse(line)) });
  const guard = new Guard({
    authenticate: authenticateBy(undefined),
    log,
    clock: { nowMs: () => 0 },
    profiles: new Map(),
  });
  const procedure = guard.unary(method, handle);
  if (procedure.kind !== "unary") throw new Error("GetSession is unary");
  return { guard, answer: () => procedure.answer(request, call), lines };
}

function answer() {
  return create(GetSessionResponseSchema, { session: { sessionId: message.sessionId } });
}

test("a fault is told in fixed words", async () => {
  const { answer } = guarded(() => Promise.reject(new Error("the disk at /secret is full")));
  const result = await answer();
  expect(result).toMatchObject({
    kind: "failed",
    failure: { code: Code.Internal, message: "internal error", reason: "INTERNAL" },
  });
  expect(inspect(result, { depth: 6 })).not.toContain("secret");
});

test("a fault's cause is in the log once, with the call it belongs to", async () => {
  const cause = new Error("the disk is full");
  const { answer, lines } = guarded(() => Promise.reject(new Error("cannot write", { cause })));
  await answer();
  expect(lines.filter(({ level }) => level === "error")).toEqual([
    expect.objectContaining({
      event: "fault",
      rpc: "GetSession",
      error: expect.objectContaining({
        message: "cannot write",
        cause: expect.objectContaining({ message: "the disk is full" }),
      }),
    }),
  ]);
  expect(lines.filter((line) => JSON.stringify(line).includes("the disk is full"))).toHaveLength(1);
});

test("a handler that throws at once is a fault like any other", async () => {
  const { answer } = guarded(() => {
    throw new TypeError("undefined is not a function");
  });
  expect(await answer()).toMatchObject({ failure: { reason: "INTERNAL" } });
});

test("what is thrown without being an error is a fault like any other", async () => {
  const { answer, lines } = guarded(() => Promise.reject("a text"));
  expect(await answer()).toMatchObject({ failure: { reason: "INTERNAL" } });
  expect(lines[0]).toMatchObject({ error: { message: "a text" } });
});

test("a failed store is told as such, and its cause only in the log", async () => {
  const cause = new Error("connect ECONNREFUSED redis.internal:6379");
  const { answer, lines } = guarded(() =>
    Promise.reject(new StoreUnavailableError("The store failed.", { cause })),
  );
  const result = await answer();
  expect(result).toMatchObject({ failure: { code: Code.Unavailable, reason: "STORE_UNAVAILABLE" } });
  expect(inspect(result, { depth: 6 })).not.toContain("redis.internal");
  expect(lines.filter((line) => JSON.stringify(line).includes("redis.internal"))).toHaveLength(1);
});

test("every call has one line in the log, with what became of it", async () => {
  const { answer: ask, lines } = guarded(async () => answer());
  await ask();
  expect(lines).toEqual([
    expect.objectContaining({ event: "call", rpc: "GetSession", caller: "anonymous", code: "ok" }),
  ]);
});

test("it is idle once the last call has been answered, failed ones too", async () => {
  const fail = Promise.withResolvers<never>();
  const { guard, answer } = guarded(() => fail.promise);
  const asked = answer();
  const settled: string[] = [];
  const idle = guard.idle().then(() => settled.push("idle"));
  settled.push("failing");
  fail.reject(new Error("late"));
  await asked;
  await idle;
  expect(settled).toEqual(["failing", "idle"]);
});

test("it is idle when nothing was asked", async () => {
  const { guard } = guarded(async () => answer());
  await expect(guard.idle()).resolves.toBeUndefined();
});
