import { generateKeyPairSync } from "node:crypto";
import { ConfigError, loadConfig } from "../../src/config/load.ts";
import { certificate, key } from "./certificate.ts";

/** The least that starts in development. Seven lines, so what a test appends is line 8. */
export const development = `development: true
providers:
  dev: {kind: outbox}
profiles:
  default:
    brand: Acme
    channels: {sms: dev}
`;

/** The least that starts in earnest. Eleven lines. */
export const production = `keys:
  index: \${INDEX_KEY}
  codes:
    - id: 1
      secret: \${CODE_KEY}
providers:
  mail: {kind: smtp, host: mail.example, from: codes@acme.example}
profiles:
  default:
    brand: Acme
    channels: {email: mail}
`;

export const secrets = {
  index: Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)).toString("base64"),
  code: Buffer.from(Array.from({ length: 32 }, (_, byte) => 255 - byte)).toString("base64"),
};

const { privateKey: otherKey } = generateKeyPairSync("ed25519", {
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

const files: Record<string, string> = {
  "/etc/passcode/server.pem": certificate,
  "/etc/passcode/server.key": key,
  "/etc/passcode/other.key": otherKey,
  "/etc/passcode/empty": "",
};

/** Reads a text as if it were the file /etc/passcode/passcode.yaml. */
export function load(text: string, env: Record<string, string> = {}) {
  return loadConfig({
    path: "/etc/passcode/passcode.yaml",
    env: { INDEX_KEY: secrets.index, CODE_KEY: secrets.code, ...env },
    readFile: (path) => readFile({ ...files, "/etc/passcode/passcode.yaml": text }, path),
  });
}

function readFile(known: Record<string, string>, path: string): string {
  const text = known[path];
  if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
  return text;
}

/** What is wrong with a text, without the directory of the file. */
export function problemsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    load(text, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.replace("/etc/passcode/", ""));
  }
}
