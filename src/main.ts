#!/usr/bin/env node
import { writeSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { type Command, UsageError } from "./cli/command.ts";
import { LineSink } from "./telemetry/line-sink.ts";

const usage = `Usage: passcode COMMAND

  serve    run the service           serve [--config FILE] [--check]
  check    validate a configuration  check FILE [--require nist|psd2]
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
  ["check", async () => (await import("./cli/check.ts")).check],
  ["send", async () => (await import("./cli/send.ts")).send],
  ["verify", async () => (await import("./cli/verify.ts")).verify],
  ["preview", async () => (await import("./cli/preview.ts")).preview],
  ["keygen", async () => (await import("./cli/keygen.ts")).keygen],
]);

/** The first signal asks to stop, be it the hang-up of a terminal; a second one does not wait. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.on(signal, () => {
        if (isAsked) process.exit(1);
        isAsked = true;
        resolve();
      });
    }
  });
}

async function main(): Promise<number> {
  // Node answers this signal by opening its inspector, which shows the keys to every user of the machine.
  process.on("SIGUSR1", () => {});
  const [name, ...args] = process.argv.slice(2);
  const load = commands.get(name ?? "");
  if (load === undefined) {
    process.stderr.write(usage);
    return name === undefined || name === "help" || name === "--help" ? 0 : 64;
  }
  const { stdout: out, stderr: err, env } = process;
  // Watched for before the libraries are loaded: a stop that comes with the start ends as well as any.
  const asked = name === "serve" ? stopRequested() : new Promise<void>(() => {});
  // Where standard error is a pipe, Node has just opened it as one that does not block.
  const log = new LineSink((bytes) => writeSync(err.fd, bytes));
  process.on("exit", () => log.flush());
  try {
    return await (await load())(args, { out, err, log, env, stopRequested: asked });
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
  process.stderr.write(
    "passcode needs Node 24: start it by `npm start` or `npx passcode`, which find the one that `npm ci` installs\n",
  );
  process.exitCode = 1;
} else {
  // What a drain has given up on must not keep the process.
  process.exit(await main());
}
