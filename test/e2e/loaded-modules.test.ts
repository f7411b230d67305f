import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { gatewaySecret } from "./gateway.ts";
import { writeServiceFile } from "./service-file.ts";
import { ServiceProcess } from "./service-process.ts";

const hook = fileURLToPath(new URL("loaded-modules.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "passcode-e2e-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
writeFileSync(join(folder, "vonage.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));

/** The packages of vendors that a service with these accounts has loaded by the time it listens. */
async function packagesLoadedWith(providers: string, channels: string): Promise<string[]> {
  const list = join(folder, "loaded");
  writeFileSync(list, "");
  const config = writeServiceFile(
    folder,
    `
providers:
${providers}
profiles:
  default: {brand: Acme, channels: {${channels}}}
`,
  );
  const service = await ServiceProcess.start(config, {
    NODE_OPTIONS: `--import=${hook}`,
    LOADED_MODULES: list,
  });
  await service.stop();
  const loaded = readFileSync(list, "utf8");
  expect(loaded).toContain("/src/main.ts");
  const packages = ["@aws-sdk/", "@smithy/", "smpp/", "jose/", "nodemailer/"];
  return packages.filter((name) => loaded.includes(`/node_modules/${name}`));
}

const credentials = "credentials: {accessKeyId: AKIAIOSFODNN7EXAMPLE, secretAccessKey: secret}";
const gateway = `{kind: webhook, url: "http://127.0.0.1:1", secret: ${gatewaySecret}, channels: [sms]}`;
const aws = `{kind: aws-messaging, region: eu-central-1, ${credentials}, from: Acme}`;
const ses = `{kind: aws-ses, region: eu-central-1, ${credentials}, from: codes@acme.example}`;
const smpp = "{kind: smpp, host: 127.0.0.1, port: 1, tls: false, systemId: a, password: b, from: Acme}";
const vonage =
  "{kind: vonage, applicationId: 00000000-0000-4000-8000-000000000000, privateKey: vonage.pem, from: Acme}";
const smtp = "{kind: smtp, host: 127.0.0.1, port: 1, security: none, from: codes@acme.example}";

test.each([
  ["a gateway of the company's own", gateway, "sms", []],
  ["AWS messaging", aws, "sms", ["@aws-sdk/", "@smithy/"]],
  ["AWS SES", ses, "email", ["@aws-sdk/", "@smithy/"]],
  ["a carrier", smpp, "sms", ["smpp/"]],
  ["Vonage", vonage, "sms", ["jose/"]],
  ["a mail server", smtp, "email", ["nodemailer/"]],
] as const)(
  "a service with nothing but %s has loaded no vendor's packages but its own",
  async (_, settings, channel, packages) => {
    const loaded = await packagesLoadedWith(`  only: ${settings}`, `${channel}: only`);
    expect(loaded).toEqual(packages);
  },
);
