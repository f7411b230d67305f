import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../cli/process.ts";
import { codeIn, startService, type TestService } from "../support/service.ts";

const proto = fileURLToPath(new URL("../../proto", import.meta.url));
const client = fileURLToPath(new URL("client.py", import.meta.url));
const python = "/usr/bin/python3";

let stubs: string;
beforeAll(async () => {
  stubs = mkdtempSync(join(tmpdir(), "passcode-python-"));
  await generateStubs(stubs);
});
afterAll(() => {
  rmSync(stubs, { recursive: true, force: true });
});

/** Messages of all that the service's schema imports; a stub of the service alone. */
async function generateStubs(folder: string): Promise<void> {
  const files = ["passcode_service", "session", "error_reason"].map((name) => `passcode/v1/${name}.proto`);
  const imported = [
    "buf/validate/validate.proto",
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
  ];
  const plugin = await run("sh", ["-c", "command -v grpc_python_plugin"]);
  if (plugin.exitCode !== 0) {
    throw new Error("grpc_python_plugin is missing: install the Debian package protobuf-compiler-grpc");
  }
  const made = await run(
    "protoc",
    [
      `-I${proto}`,
      `-I${join(proto, "third_party")}`,
      `--python_out=${folder}`,
      `--grpc_python_out=${folder}`,
      `--plugin=protoc-gen-grpc_python=${plugin.out.trim()}`,
      ...files,
      ...imported,
    ],
    { debianPackage: "protobuf-compiler" },
  );
  if (made.exitCode !== 0) throw new Error(made.err);
  const found = await run(python, ["-c", "import grpc, google.protobuf"], { debianPackage: "python3" });
  if (found.exitCode !== 0) {
    throw new Error(
      "Python's grpc is missing: install the Debian packages python3-grpcio and python3-protobuf",
    );
  }
}

describe.each(["grpc", "http"] as const)("a Python client at the %s port", (port) => {
  let service: TestService;
  let told: Record<string, unknown>[];

  beforeAll(async () => {
    service = await startService();
    told = await converse(service, `127.0.0.1:${service.ports[port]}`);
  });
  afterAll(async () => {
    await service.stop();
  });

  test("sends a code", () => {
    expect(told[0]).toEqual({
      status: "STATUS_PENDING",
      sends_remaining: 4,
      masked: "+41 ******* 67",
      expires: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test("verifies it", () => {
    expect(told[1]).toEqual({ status: "STATUS_APPROVED", attempts: 1 });
  });

  test("reads that the session was approved before", () => {
    expect(told[2]).toMatchObject({ code: "FAILED_PRECONDITION", reason: "SESSION_APPROVED" });
  });

  test("reads which field is at fault", () => {
    expect(told[3]).toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: "INVALID_REQUEST",
      fields: ["phone_number"],
    });
  });

  test("reads the limit that refuses, and when to come back", () => {
    expect(told[4]).toMatchObject({
      code: "RESOURCE_EXHAUSTED",
      reason: "SEND_LIMIT",
      metadata: { rule: "sendLimit", limit: "5", window: "60s" },
      retry_seconds: expect.any(Number),
      retry_after: expect.stringMatching(/^\d+$/),
    });
  });
});

/** Runs the client, hands it the code once it has sent, and answers all it says. */
async function converse(service: TestService, address: string): Promise<Record<string, unknown>[]> {
  const child = spawn(python, [client, address], { env: { ...process.env, PYTHONPATH: stubs } });
  let trouble = "";
  child.stderr.on("data", (chunk) => {
    trouble += chunk;
  });
  const lines: Record<string, unknown>[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(JSON.parse(line));
    if (lines.length === 1) child.stdin.end(`${codeIn(service.messages[0])}\n`);
  }
  if (lines.length !== 5) throw new Error(`the Python client failed: ${trouble}`);
  return lines;
}
