#!/usr/bin/env node
import { writeSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { type Command, UsageError } from "./cli/command.ts";
import { LineSink } from "./telemetry/line-sink.ts";

const usage = `Usage: passcode COMMAND

  serve    run the service           serve [--config FILE] [--check]
  check    validate a configuration  check FILE
  send     have a code sent          send PHONE_OR_EMAIL [options]
  verify   have a code compared      verify SESSION CODE [options]
  preview  show what messages say    preview [--config FILE] [options]
  keygen   make a key                keygen api-key | secret

send and verify call a running service (--server, default http://127.0.0.1:8080)
with the API key in PASSCODE_API_KEY, if it is set.
`;

/** Loaded when they are run: a client has no use for the server's libraries. */
const commands = new Map<string, () => Promise<Command>>([
  ["serve", async () => (await import("./cli/serve.ts")).serve],
  ["check", async () => (await import("./cli/serve.ts")).check],
  ["send", async () => (await import("./cli/send.ts")).send],
  ["verify", async () => (await import("./cli/verify.ts")).verify],
  ["preview", async () => (await import("./cli/preview.ts")).preview],
  ["keygen", async () => (await import("./cli/keygen.ts")).keygen],
]);

/** The first signal asks to stop; a second one, or a hang-up of the terminal, does not wait. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
  });
}

async function main(): Promise<number> {
  const [name, ...args] = process.argv.slice(2);
  const load = commands.get(name ?? "");
  if (load === undefined) {
    process.stderr.write(usage);
    return name === undefined || name === "help" || name === "--help" ? 0 : 64;
  }
  const { stdout: out, stderr: err, env } = process;
  // Where standard error is a pipe, Node has just opened it as one that does not block.
  const log = new LineSink((bytes) => writeSync(err.fd, bytes));
  process.on("exit", () => log.flush());
  try {
    return await (await load())(args, { out, err, log, env, stopRequested });
  } catch (error) {
    const misused = error instanceof UsageError || (error instanceof TypeError && "code" in error);
    if (!misused) throw error;
    err.write(error instanceof UsageError ? `Usage: ${error.message}\n` : `${error.message}\n`);
    return 64;
  }
}

// Spares every start but the first a third of its work. Beside the dependencies, where nobody else may write.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/compile", import.meta.url)));

if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write("passcode needs Node 24; `npm ci` installs one under node_modules/.bin\n");
  process.exitCode = 1;
} else {
  // What a drain has given up on must not keep the process.
  process.exit(await main());
}
