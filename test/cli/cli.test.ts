import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeIn, startService, type TestService, wrongCode } from "../support/service.ts";
import { development, passcode } from "./process.ts";

describe.concurrent("usage", () => {
  test.each([[[]], [["help"]], [["--help"]]])("passcode %j explains itself and is content", async (args) => {
    const { exitCode, err } = await passcode(args);
    expect(exitCode).toBe(0);
    expect(err).toMatch(/^Usage: passcode COMMAND/);
    expect(err).toMatch(/serve[\s\S]*check[\s\S]*send[\s\S]*verify[\s\S]*keygen/);
  });

  test.each<[string[], RegExp]>([
    [["nothing"], /^Usage: passcode COMMAND/],
    [["constructor"], /^Usage: passcode COMMAND/],
    [["serve", "file.yaml"], /file\.yaml/],
    [["serve", "--nothing"], /--nothing/],
    [["serve", "--config"], /--config/],
    [["send"], /^Usage: passcode send PHONE_OR_EMAIL/],
    [["send", "+41791234567", "--channel", "pigeon"], /^Usage: passcode send PHONE_OR_EMAIL/],
    [["send", "+41791234567", "--nothing"], /--nothing/],
    [["verify"], /^Usage: passcode verify SESSION CODE/],
    [["verify", "session"], /^Usage: passcode verify SESSION CODE/],
    [["keygen"], /^Usage: passcode keygen api-key \| secret/],
    [["check", "--require", "pci"], /^Usage: passcode check FILE --require nist \| psd2/],
    [["keygen", "nothing"], /^Usage: passcode keygen api-key \| secret/],
  ])("passcode %j is told how to be called, in a few lines", async (args, message) => {
    const { exitCode, out, err } = await passcode(args);
    expect(exitCode).toBe(64);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(out).toBe("");
  });
});

describe.concurrent("keygen", () => {
  test("makes an API key and its digest", async () => {
    const { exitCode, out } = await passcode(["keygen", "api-key"]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^key {5}passcode_[\w-]{43}\n.*\nsha256 {2}[0-9a-f]{64}\n/);
  });

  test("makes a secret of 256 bits", async () => {
    const { exitCode, out } = await passcode(["keygen", "secret"]);
    expect(exitCode).toBe(0);
    expect(Buffer.from(out.trim(), "base64")).toHaveLength(32);
  });

  test("makes another secret every time", async () => {
    const [one, other] = await Promise.all([passcode(["keygen", "secret"]), passcode(["keygen", "secret"])]);
    expect(one.out).not.toBe(other.out);
  });
});

describe.concurrent("check", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "passcode-check-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function file(name: string, yaml: string): string {
    const path = join(folder, name);
    writeFileSync(path, yaml);
    return path;
  }

  test.each([
    ["check FILE", (path: string) => ["check", path]],
    ["check --config FILE", (path: string) => ["check", "--config", path]],
    ["serve --check", (path: string) => ["serve", "--check", "--config", path]],
  ])("%s says that a good configuration is valid, and what it offers", async (_, argsFor) => {
    const path = file("good.yaml", development);
    const { exitCode, out, err } = await passcode(argsFor(path));
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain(`${path} is valid
  risk: development: is for trying things out, and not safe to expose
  profile default (Acme)
    sms by dev
    voice by dev
    email by dev
    a code of one destination is guessed with a chance of at most 0.004 % a day, 1.4 % a year
    SMS in GSM-7, 1 segment: `);
    expect(out).toMatch(/SMS in GSM-7, 1 segment: .*\ben \(\d+ of 160\)/);
  });

  test("tells how SMS travel by a provider that is handed another alphabet", async () => {
    const carrier =
      "{kind: smpp, host: smsc.example, systemId: acme, password: p, from: Acme, alphabet: ucs2}";
    const yaml = development
      .replace("providers:", `providers:\n  carrier: ${carrier}`)
      .replace(/channels: .*/, "channels: {sms: [dev, carrier]}");
    const { out } = await passcode(["check", file("alphabet.yaml", yaml)]);
    expect(out).toMatch(/ SMS in GSM-7, 1 segment: .*\ben \(\d+ of 160\)/);
    expect(out).toMatch(/ SMS by carrier in UCS-2, 2 segments: .*\ben \(\d+ of 134\)/);
  });

  test("tells the conditions and shares of a route", async () => {
    const route = "[{provider: dev, countries: [DE, AT], kinds: [mobile]}, {spread: {dev: 3, other: 1}}]";
    const yaml = development.replace(/channels: .*/, `channels: {sms: ${route}}`);
    const { out } = await passcode([
      "check",
      file("route.yaml", yaml.replace("providers:", "providers:\n  other: {kind: outbox}")),
    ]);
    expect(out).toContain("    sms by dev in DE, AT for mobile, then dev 3 : other 1\n");
  });

  test("tells what is permitted and risky, with the chance of guessing a code", async () => {
    const path = file("risky.yaml", `${development}    policy: {codeLength: 4}\n`);
    chmodSync(path, 0o666);
    const { exitCode, out } = await passcode(["check", path]);
    expect(exitCode).toBe(0);
    expect(out).toContain(`  risk: ${path}: may be written by others than its owner`);
    expect(out).toContain("  risk: development: ");
    expect(out).toMatch(/ {2}risk: profiles\.default\.policy: 4 digits .* 0\.4 % a day and 77 % a year/);
    expect(out).toContain("guessed with a chance of at most 0.4 % a day, 77 % a year");
  });

  test.each([
    ["{preset: psd2}", "psd2", 0, "is valid, and meets the numbers of psd2"],
    [
      "{}",
      "psd2",
      1,
      "profiles.default.policy.expiry: must be at most 5m for psd2 (Art. 4(3)(d) of Regulation (EU) 2018/389)",
    ],
    [
      "{}",
      "nist",
      1,
      "profiles.default.channels.email: must not be offered for nist (NIST SP 800-63B-4, Sec. 3.1.3.1)",
    ],
  ])("with the policy %s and --require %s it ends with %i", async (policy, standard, code, line) => {
    const path = file(`${standard}-${code}.yaml`, `${development}    policy: ${policy}\n`);
    const { exitCode, out, err } = await passcode(["check", path, "--require", standard]);
    expect(exitCode).toBe(code);
    expect(out + err).toContain(line);
  });

  test("is not content where the library of a provider is not installed", async () => {
    const hook = file(
      "missing.mjs",
      `import { registerHooks } from "node:module";
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith("@aws-sdk/")) throw new Error("Cannot find package '" + specifier + "'");
    return next(specifier, context);
  },
});`,
    );
    const provider = "{kind: aws-ses, region: eu-central-1, from: codes@acme.example}";
    const path = file(
      "aws.yaml",
      development.replace("{kind: outbox}", provider).replace(/channels: .*/, "channels: {email: dev}"),
    );
    const { exitCode, out, err } = await passcode(["check", path], {
      env: { NODE_OPTIONS: `--import=${hook}` },
    });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(err).toContain("providers.dev: the package @aws-sdk/client-sesv2 is not installed: run `npm ci`");
  });

  test("without a file it checks the embedded configuration", async () => {
    const { exitCode, out } = await passcode(["check"]);
    expect(exitCode).toBe(0);
    expect(out).toContain("the embedded configuration is valid");
  });

  test.each([
    ["check", (path: string) => ["check", path]],
    ["serve", (path: string) => ["serve", "--config", path]],
  ])("%s tells every problem of a bad configuration by its line", async (_, argsFor) => {
    const bad = `${development}    policy: {tries: 99, expiry: soon}\nserver: 1\n`;
    const path = file("bad.yaml", bad);
    const { exitCode, out, err } = await passcode(argsFor(path));
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    const lines = err.trimEnd().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(/bad\.yaml:9:14: profiles\.default\.policy\.tries: .*99$/),
      expect.stringMatching(/bad\.yaml:9:25: profiles\.default\.policy\.expiry: .*"soon"$/),
      expect.stringMatching(/bad\.yaml:10:1: server: is not a setting$/),
    ]);
  });

  test("a file that is not YAML is told by its line", async () => {
    const path = file("broken.yaml", `${development}  - [\n`);
    const { exitCode, err } = await passcode(["check", path]);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/broken\.yaml:\d+:\d+: /);
  });

  test("a file that is not there is told in one line", async () => {
    const path = join(folder, "nothing.yaml");
    const { exitCode, err } = await passcode(["check", path]);
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: `${path}: cannot be read (ENOENT)\n` });
  });
});

describe.concurrent("send and verify", () => {
  let service: TestService;
  let server: string;
  beforeAll(async () => {
    service = await startService();
    server = `http://127.0.0.1:${service.ports.http}`;
  });
  afterAll(async () => {
    await service.stop();
  });

  /** Sends, and answers the session and the code that arrived. */
  async function sent(to: string, ...options: string[]) {
    const ended = await passcode(["send", to, "--server", server, ...options]);
    const session = /^session +(\S+)$/m.exec(ended.out)?.[1] ?? "";
    const code = codeIn(service.messages.findLast((message) => message.to === to));
    return { ...ended, session, code };
  }

  test("send says what was sent, and verify that the code is right", async () => {
    const { exitCode, out, err, session, code } = await sent("+41791234501");
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toMatch(/^sent to +\+41 \*{7} 01$/m);
    expect(out).toMatch(/^sent by +sms$/m);
    expect(out).toMatch(/^tries left +5$/m);
    expect(out).toMatch(/^sends left +4$/m);
    expect(out).toMatch(/^expires +\d{4}-\d\d-\d\dT[\d:.]+Z$/m);
    expect(out).not.toContain(code);
    const verified = await passcode(["verify", session, code, "--server", server]);
    expect(verified).toEqual({ exitCode: 0, err: "", out: expect.stringMatching(/^status +APPROVED$/m) });
  });

  test("verify says that a code is wrong", async () => {
    const { session, code } = await sent("someone@b.example");
    const { exitCode, out } = await passcode(["verify", session, wrongCode(code), "--server", server]);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^status +PENDING\nreason +WRONG_CODE\nattempts +1\ntries left +4$/m);
  });

  test("a code verifies for its purpose and transaction", async () => {
    const bound = ["--purpose", "pay", "--transaction", "amount=1 = one", "--transaction", "payee=Ann"];
    const { session, code } = await sent("+41791234502", ...bound);
    const wrong = await passcode(["verify", session, code, "--server", server]);
    const right = await passcode(["verify", session, code, "--server", server, ...bound]);
    expect([wrong.exitCode, right.exitCode]).toEqual([1, 0]);
  });

  test("send takes the channel, and sends again within a session", async () => {
    const first = await sent("+41791234503");
    const again = await sent("+41791234503", "--channel", "voice", "--session", first.session);
    expect(again.session).toBe(first.session);
    expect(service.messages.findLast(({ to }) => to === "+41791234503")?.channel).toBe("voice");
  });

  test("a bad request is told by its field", async () => {
    const { exitCode, out, err } = await passcode(["send", "0791234567", "--server", server]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toMatch(/^invalid_argument \(INVALID_REQUEST\)\n {2}phone_number: .*\n$/);
  });

  test("a refusal is told with the time to come back", async () => {
    const to = "+41791234504";
    for (const _ of [1, 2, 3, 4, 5]) {
      await service.clients.grpc.sendPasscode({ destination: { case: "phoneNumber", value: to } });
    }
    const { exitCode, err } = await passcode(["send", to, "--server", server]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^resource_exhausted \(SEND_LIMIT\): .*try again in \d+ s\n$/);
  });

  test("a session there is not is told in one line", async () => {
    const { exitCode, err } = await passcode(["verify", "nothing", "123456", "--server", server]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^not_found \(SESSION_NOT_FOUND\): .*\n$/);
  });

  test("a service there is not is told in one line", async () => {
    const { exitCode, out, err } = await passcode(["send", "+41791234567", "--server", "http://127.0.0.1:1"]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toMatch(/^unavailable: .*ECONNREFUSED.*\n$/);
  });

  test("a server that speaks something else is told in one line", async () => {
    const other = createServer((socket) =>
      socket
        .end("220 mail.example\r\n")
        .resume()
        .on("error", () => {}),
    );
    await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
    const { port } = other.address() as { port: number };
    const { exitCode, err } = await passcode([
      "send",
      "+41791234567",
      "--server",
      `http://127.0.0.1:${port}`,
    ]);
    other.close();
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^\w+: .*\n$/);
  });

  test.each([
    ["send", "+41791234567"],
    ["verify", "session", "123456"],
  ])("%s gives up on a server that accepts and says nothing", async (...args) => {
    const silent = createServer((socket) => socket.resume().on("error", () => {}));
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
    const { port } = silent.address() as { port: number };
    const at = ["--server", `http://127.0.0.1:${port}`, "--timeout", "50ms"];
    const { exitCode, out, err } = await passcode([...args, ...at]);
    silent.close();
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toMatch(/^deadline_exceeded: no answer in time .* may have been done all the same\n$/);
  });

  test.each(["soon", "0s", "25h"])("a timeout of %s is refused", async (timeout) => {
    const { exitCode, err } = await passcode(["send", "+41791234567", "--timeout", timeout]);
    expect(exitCode).toBe(64);
    expect(err).toContain("--timeout takes a span from 1ms to 24h");
  });

  test("an address of a server that is none is told without a stack", async () => {
    const { exitCode, err } = await passcode(["send", "+41791234567", "--server", "nowhere"]);
    expect(exitCode).not.toBe(0);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

test("send and verify present the API key of the environment", async () => {
  const keys = await passcode(["keygen", "api-key"]);
  const [, key = ""] = /^key +(\S+)$/m.exec(keys.out) ?? [];
  const [, sha256 = ""] = /^sha256 +(\S+)$/m.exec(keys.out) ?? [];
  const service = await startService({ apiKeys: [{ name: "cli", sha256 }] });
  const args = ["send", "+41791234567", "--server", `http://127.0.0.1:${service.ports.http}`];
  const without = await passcode(args);
  const withKey = await passcode(args, { env: { PASSCODE_API_KEY: key } });
  await service.stop();
  expect(without.exitCode).toBe(2);
  expect(without.err).toMatch(/^unauthenticated \(CREDENTIALS_INVALID\): /);
  expect(withKey.exitCode).toBe(0);
});
