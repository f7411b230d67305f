import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { httpCaller } from "../e2e/caller.ts";
import { ServiceProcess } from "../e2e/service-process.ts";
import { CanaryCaller, ConfiguredSecrets } from "./canaries.ts";
import { leaksIn } from "./leak-search.ts";

const root = new URL("../..", import.meta.url).pathname;
const configured = new ConfiguredSecrets();

let folder: string;
let service: ServiceProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "passcode-crash-"));
});
afterEach(async () => {
  await service?.kill();
  rmSync(folder, { recursive: true });
});

const crashes = {
  "an exception nobody catches": "setImmediate(() => { throw new Error('unforeseen'); });",
  "a rejection nobody handles": "Promise.reject(new Error('unforeseen'));",
  "an abort": "process.abort();",
  "a segmentation fault": "process.kill(process.pid, 'SIGSEGV');",
  "too little memory": "const all = []; for (;;) all.push(new Array(1e5).fill(Math.random()));",
};

/**
 * Starts a service that is to crash in the midst of a call, once it is sent SIGUSR2. What
 * arms it runs before the service's own code, in its process.
 */
async function startFragile(crash: string): Promise<ServiceProcess> {
  writeFileSync(
    join(folder, "crash.mjs"),
    `import { Hmac } from "node:crypto";
const update = Hmac.prototype.update;
let calls = 0;
process.on("SIGUSR2", () => {
  Hmac.prototype.update = function (...given) {
    // The first ones find the record and the binding; a later one makes a code.
    if (++calls === 3) { ${crash} }
    return update.apply(this, given);
  };
  process.stderr.write("armed\\n");
});
`,
  );
  const path = join(folder, "passcode.yaml");
  writeFileSync(
    path,
    `development: true
listen: {grpc: "127.0.0.1:0", http: "127.0.0.1:0"}
log: {level: debug}
keys: {index: "\${INDEX_KEY}", codes: [{id: 1, secret: "\${FIRST_KEY}"}]}
store: {kind: sqlite, path: passcode.db}
providers: {dev: {kind: outbox}}
profiles:
  default: {brand: Acme, channels: {sms: dev, voice: dev, email: dev}, policy: {codeLength: 10}}
`,
  );
  return await ServiceProcess.start(path, {
    ...configured.env,
    NODE_OPTIONS: `--import=${join(folder, "crash.mjs")} --max-old-space-size=96`,
  });
}

/** What Node and the kernel may leave where a process has crashed. */
function remains(): string[] {
  return [root, folder].flatMap((where) =>
    readdirSync(where).filter((name) => /^(report\.|core)/.test(name)),
  );
}

/** Opens sessions, and makes calls until the service is gone. */
async function liveUntilTheCrash(fragile: ServiceProcess, caller: CanaryCaller): Promise<void> {
  const opened = [];
  for (let count = 0; count < 5; count++) {
    const phoneNumber = caller.phone();
    const { answer } = await caller.call("SendPasscode", { phoneNumber });
    opened.push({ sessionId: answer.sessionId, code: await caller.shownTo(phoneNumber) });
  }
  fragile.signal("SIGUSR2");
  await vi.waitUntil(() => fragile.stderr.includes("armed"));
  const cut = opened.map((session) => caller.call("VerifyPasscode", { ...session, purpose: "other" }));
  await Promise.allSettled([...cut, caller.call("SendPasscode", { phoneNumber: caller.phone() })]);
  await fragile.ended;
}

test.each(Object.entries(crashes))(
  "%s leaves codes, destinations and keys neither on the terminal nor in a file",
  async (_, crash) => {
    const fragile = await startFragile(crash);
    service = fragile;
    const caller = new CanaryCaller(httpCaller(fragile.ports.http), () => fragile.messages);
    await liveUntilTheCrash(fragile, caller);

    const secrets = [...configured.secrets, ...caller.secrets];
    const other = fragile.stdout.filter((line) => !line.startsWith('{"time":'));
    const kept = readdirSync(folder).filter((name) => name.startsWith("passcode.db"));
    const files = kept.map((name) => readFileSync(join(folder, name), "latin1"));
    expect(leaksIn(fragile.stdout.join("\n"), secrets).length).toBeGreaterThanOrEqual(10);
    expect(leaksIn([...fragile.stderr, ...other, ...files].join("\n"), secrets)).toEqual([]);
    expect(files.join("\n")).toContain("ledger:");
    expect(remains()).toEqual([]);
  },
  60_000,
);
