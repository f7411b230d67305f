import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";

const cpu = process.arch === "arm64" ? "arm64" : "x64";
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** An installation with stand-ins for Node, as `npm ci` of an npm that makes no link leaves it. */
class Installation {
  readonly root = mkdtempSync(join(tmpdir(), "passcode-installed-"));
  readonly #path = join(this.root, "path");

  constructor() {
    folders.push(this.root);
    mkdirSync(join(this.root, "src"));
    for (const script of ["node-24.sh", "passcode.sh"])
      copyFileSync(`src/${script}`, join(this.root, "src", script));
    mkdirSync(this.#path);
    for (const tool of ["sh", "dirname", "readlink", "uname"]) {
      symlinkSync(execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(this.#path, tool));
    }
  }

  /** Puts a Node of that version at the place; it says who it is and what it was asked to run. */
  #install(folder: string, version: number, exitCode: number): void {
    mkdirSync(folder, { recursive: true });
    const tooOld = version < 24 ? 1 : 0;
    const answers = `case "$1" in --version) echo v${version}.0.0;; -e) exit ${tooOld};; *) echo "${version}:" "$@"; exit ${exitCode};; esac`;
    writeFileSync(join(folder, "node"), `#!/bin/sh\n${answers}\n`);
    chmodSync(join(folder, "node"), 0o755);
  }

  bundled(exitCode = 0): this {
    this.#install(join(this.root, `node_modules/node-linux-${cpu}/bin`), 24, exitCode);
    return this;
  }

  /** What is there for this processor, and cannot run here. */
  broken(): this {
    const folder = join(this.root, `node_modules/node-linux-${cpu}/bin`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "node"), "#!/no/such/loader\n");
    chmodSync(join(folder, "node"), 0o755);
    return this;
  }

  onPath(version: number): this {
    this.#install(this.#path, version, 0);
    return this;
  }

  run(...args: string[]) {
    const command = [join(this.root, "src/passcode.sh"), ...args];
    const { status, stdout, stderr } = spawnSync("/bin/sh", command, {
      env: { PATH: this.#path },
      encoding: "utf8",
    });
    return { status, said: stdout.replaceAll(this.root, "").trim(), complained: stderr };
  }
}

describe("The command finds Node 24", () => {
  let installation: Installation;
  beforeEach(() => {
    installation = new Installation();
  });

  it("among the dependencies, where the system has an older one and npm made no link", () => {
    expect(installation.onPath(20).bundled().run("serve").said).toBe(
      "24: --disable-sigusr1 /src/main.ts serve",
    );
  });

  it("among the dependencies before another of the system's", () => {
    expect(installation.onPath(26).bundled().run("serve").said).toBe(
      "24: --disable-sigusr1 /src/main.ts serve",
    );
  });

  it("on the path, where the dependencies' own was left out or does not run on this system", () => {
    expect(installation.onPath(24).run("serve").said).toBe("24: --disable-sigusr1 /src/main.ts serve");
    expect(installation.broken().run("serve").said).toBe("24: --disable-sigusr1 /src/main.ts serve");
  });

  it("by a link to itself, as npx makes one", () => {
    const link = join(installation.bundled().root, "link");
    symlinkSync(join(installation.root, "src/passcode.sh"), link);
    const said = execFileSync("/bin/sh", [link, "help"], { encoding: "utf8" });
    expect(said.replace(installation.root, "")).toBe("24: --disable-sigusr1 /src/main.ts help\n");
  });

  it("and hands over the arguments and the exit code as they are", () => {
    const { said, status } = installation.bundled(64).run("send", "a b", "$HOME", "");
    expect(said).toBe("24: --disable-sigusr1 /src/main.ts send a b $HOME");
    expect(status).toBe(64);
  });

  it.each([
    [20, "v20.0.0"],
    [undefined, "no Node"],
  ])("or says what is missing in one sentence (on the path: %s)", (version, found) => {
    if (version !== undefined) installation.onPath(version);
    const { status, said, complained } = installation.run("serve");
    expect([status, said]).toEqual([1, ""]);
    expect(complained).toBe(
      `passcode needs Node 24 and found ${found}: run \`npm ci\` without --omit=optional, which brings one for Linux on x64 and arm64, or put one on the PATH.\n`,
    );
  });
});

describe.each([
  ["npm start --", ["npm", "start", "--"]],
  ["passcode serve", ["sh", "src/passcode.sh", "serve"]],
])("A service started by `%s`", (_, [command = "", ...args]) => {
  it("drains and ends with 0 when it is asked to stop", async () => {
    const folder = mkdtempSync(join(tmpdir(), "passcode-started-"));
    folders.push(folder);
    const config = join(folder, "passcode.yaml");
    writeFileSync(config, embeddedOnAnyPort);
    const child = spawn(command, [...args, "--config", config], { stdio: ["ignore", "ignore", "pipe"] });
    const closed = once(child, "close");
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      // Both ports listen when the second line says so.
      const before = log.split('"listening"').length;
      log += chunk;
      if (before <= 2 && log.split('"listening"').length > 2) child.kill("SIGTERM");
    });
    const [exitCode] = await closed;
    expect(log).toContain('"stopped"');
    expect(exitCode).toBe(0);
  });
});

const embeddedOnAnyPort = `development: true
listen: {grpc: "127.0.0.1:0", http: "127.0.0.1:0"}
providers: {dev: {kind: outbox}}
profiles: {default: {brand: Acme, channels: {sms: dev}}}
`;
