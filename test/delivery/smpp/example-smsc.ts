import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The SMSC that comes with Net::SMPP as an example. It accepts every login and gives every message one id. */
export interface ExampleSmsc {
  readonly port: number;
  /** Resolves when it has said a line that matches. */
  said(pattern: RegExp): Promise<void>;
  stop(): Promise<void>;
}

const example = "/usr/share/doc/libnet-smpp-perl/examples/smsc.pl";

/** Ends the SMSC, with the processes that it serves clients with, when our end of the pipe closes. */
const guarded = `
exec 3<&0
setsid perl "$0/smsc.pl" 3 2>&1 & smsc=$!
(read -r _ <&3; kill -s KILL -- -$smsc; rm -rf "$0") &
wait $smsc
`;

/** Starts it on a free port of 127.0.0.1; as it is, it listens on one port only. */
export async function startExampleSmsc(): Promise<ExampleSmsc> {
  if (!existsSync(example)) throw new Error(`These tests need ${example}: apt-get install libnet-smpp-perl`);
  const folder = mkdtempSync(join(tmpdir(), "smsc-"));
  const port = await freePort();
  const script = readFileSync(example, "utf8").replace("$port = 9900;", `$port = ${port}; $| = 1;`);
  writeFileSync(join(folder, "smsc.pl"), script);
  const child = spawn("sh", ["-c", guarded, folder], { stdio: ["pipe", "pipe", "ignore"] });
  const closed = once(child, "close");

  const lines: string[] = [];
  let heard = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    heard.resolve();
    heard = Promise.withResolvers();
  });
  const said = async (pattern: RegExp) => {
    while (!lines.some((line) => pattern.test(line))) {
      const isOver = await Promise.race([heard.promise, closed]);
      if (isOver !== undefined) throw new Error(`The SMSC ended without a word of ${pattern}.`);
    }
  };
  await said(/Entering accept loop/);
  return {
    port,
    said,
    stop: async () => {
      child.stdin.end();
      await closed;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("A TCP server has no port.");
  server.close();
  await once(server, "close");
  return address.port;
}
