import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, expect, test, vi } from "vitest";
import { VerifyPasscodeRequestSchema } from "../../gen/passcode/v1/passcode_service_pb.ts";
import { development } from "../cli/process.ts";
import { tally } from "../proof/effort.ts";
import { callConnect, callGrpc } from "../rpc/wire.ts";
import { Attacker, callHeaders, streamIds } from "./attacker.ts";
import { data, grpcMessage, headers } from "./frames.ts";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0).reverse()) one();
});

/** The service as a process whose log nobody reads after its first lines, until `read` is called. */
async function serveUnread() {
  const folder = mkdtempSync(join(tmpdir(), "passcode-log-"));
  const config = join(folder, "passcode.yaml");
  writeFileSync(config, development);
  const child = spawn(process.execPath, ["src/main.ts", "serve", "--config", config]);
  undo.push(
    () => rmSync(folder, { recursive: true }),
    () => child.kill("SIGKILL"),
  );
  child.stdout.resume();
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    log += chunk;
  });
  const lines = () =>
    log
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  await vi.waitUntil(() => log.match(/"listening".*\n/g)?.length === 2);
  child.stderr.pause();
  const portOf = (protocol: string) =>
    Number(
      lines()
        .find((line) => line.protocol === protocol && line.event === "listening")
        ?.address?.split(":")[1],
    );
  return { child, lines, ports: { grpc: portOf("grpc"), http: portOf("http") } };
}

interface Line {
  event: string;
  level: string;
  protocol?: string;
  address?: string;
  count?: number;
}

/** So many calls, each a line of the log. */
async function makeCalls(port: number, calls: number): Promise<void> {
  const request = create(VerifyPasscodeRequestSchema, { sessionId: "s".repeat(60), code: "123456" });
  const wrongCall = grpcMessage(toBinary(VerifyPasscodeRequestSchema, request));
  const caller = await Attacker.begin(port);
  undo.push(() => caller.socket.destroy());
  const ids = streamIds(calls);
  for (let first = 0; first < calls; first += 200) {
    for (const stream of ids.slice(first, first + 200)) {
      caller.write(headers(stream, callHeaders()), data(stream, wrongCall, { end: true }));
    }
    await vi.waitUntil(() => caller.ended.size === first + 200);
  }
  tally("abuse", { streams: calls });
}

test("a log that nobody reads stops no call, takes a bounded place, and says what it left out when it is read again", async () => {
  const { child, lines, ports } = await serveUnread();
  const calls = 6_000;
  await makeCalls(ports.grpc, calls);
  const email = { destination: { case: "email", value: "someone@b.example" } } as const;
  expect((await callGrpc({ ports }, "sendPasscode", email)).code).toBe("ok");
  expect((await callConnect({ ports }, "sendPasscode", email)).code).toBe("ok");

  child.stderr.resume();
  const leftOut = () => lines().find(({ event }) => event.includes("lines dropped"));
  await vi.waitUntil(() => leftOut() !== undefined);
  child.kill("SIGTERM");
  await once(child, "close");
  const told = lines();
  expect(leftOut()).toMatchObject({ level: "warn", count: expect.any(Number) });
  expect(told.filter(({ event }) => event === "call").length + (leftOut()?.count ?? 0)).toBe(calls + 2);
  expect(told.at(-1)).toMatchObject({ event: "stopped" });
});

test("what waits for a slow reader of the log as the service ends is told him", async () => {
  const { child, lines, ports } = await serveUnread();
  const calls = 2_000;
  await makeCalls(ports.grpc, calls);
  child.kill("SIGTERM");
  child.stderr.resume();
  await once(child, "close");
  expect(lines().filter(({ event }) => event === "call")).toHaveLength(calls);
  expect(lines().at(-1)).toMatchObject({ event: "stopped" });
});

test("a log whose reader has gone stops no call", async () => {
  const { child, ports } = await serveUnread();
  child.stderr.destroy();
  const email = { destination: { case: "email", value: "someone@b.example" } } as const;
  for (let sent = 0; sent < 3; sent++) {
    expect((await callGrpc({ ports }, "sendPasscode", email)).code).toBe("ok");
  }
  child.kill("SIGTERM");
  const [exitCode] = await once(child, "close");
  expect(exitCode).toBe(0);
});
