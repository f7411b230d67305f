import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { passcode } from "./process.ts";

const yaml = `development: true
providers:
  dev: {kind: outbox}
profiles:
  default:
    brand: Acme
    channels: {sms: dev, voice: dev, email: dev}
    policy: {codeLength: 8, codeAlphabet: letters}
  shop:
    brand: Acme Shop
    locale: de
    channels: {sms: dev}
    templates: templates
    variables: {first_name: Kim}
`;

const template = "{% if first_name %}{{ first_name }}, {% endif %}{{ code }} for {{ brand }}.";

let folder: string;
let config: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "passcode-preview-"));
  config = join(folder, "passcode.yaml");
  writeFileSync(config, yaml);
  mkdirSync(join(folder, "templates"));
  writeFileSync(join(folder, "templates", "sms.de.liquid"), template);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.concurrent("passcode preview", () => {
  test("shows every channel of the embedded profile", async () => {
    const { exitCode, out, err } = await passcode(["preview"]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain(`SMS in en: GSM-7, 1 segment (81 of 160)
  │ Passcode: your code is 123456. Valid for 10 minutes. Do not share it with anyone.

Call in en, by a voice for en-US
  │ Hello. This is Passcode, calling with your code. Your code is:
  │ 1 2 3 4 5 6
`);
    expect(out).toContain(`
E-mail in en from Passcode: Your Passcode code
  │ Your Passcode code is:
  │
  │   123456
`);
  });

  test("shows one channel in the language asked for, with what is to be confirmed", async () => {
    const args = ["--channel", "sms", "--locale", "de-AT", "--transaction", "amount=12 EUR"];
    const { exitCode, out } = await passcode(["preview", ...args]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /^SMS in de: GSM-7, 1 segment .*\n {2}│ Passcode: .*123456.*\n {2}│ amount: 12 EUR\n/,
    );
    expect(out).not.toContain("E-mail");
  });

  test("shows a profile of a configuration, with its kind of code", async () => {
    const { exitCode, out } = await passcode(["preview", "--config", config, "--channel", "voice"]);
    expect(exitCode).toBe(0);
    expect(out).toContain("Hello. This is Acme,");
    expect(out).toContain("│ K 7 M X 4 Q T R\n");
  });

  test("prints the HTML alone, for a browser", async () => {
    const { exitCode, out } = await passcode(["preview", "--html", "--locale", "ar"]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^<!DOCTYPE html>\n<html lang="ar" dir="rtl">[\s\S]*<\/html>\n$/);
  });

  test("prints the template of a channel as it can be put into a file", async () => {
    const { exitCode, out } = await passcode(["preview", "--source", "--channel", "sms", "--locale", "de"]);
    expect(exitCode).toBe(0);
    expect(out).toContain("{{ code }}");
    expect(out).toContain("{{ expires_in }}");
    expect(out).not.toContain("==>");
    const own = join(folder, "as-built-in");
    mkdirSync(own);
    writeFileSync(join(own, "sms.de.liquid"), out);
    const copy = join(folder, "as-built-in.yaml");
    writeFileSync(copy, yaml.replace("templates: templates", "templates: as-built-in"));
    const shown = (file: string, profile: string) =>
      passcode(["preview", "--config", file, "--profile", profile, "--channel", "sms", "--locale", "de"]);
    const [builtIn, asFile] = await Promise.all([shown(config, "default"), shown(copy, "shop")]);
    expect(asFile.err).toBe("");
    expect(asFile.out.split("\n")[1]).toBe(
      builtIn.out.split("\n")[1]?.replace("Acme", "Acme Shop").replace("K7MX4QTR", "123456"),
    );
  });

  test("prints the templates of an e-mail one after the other, under their names", async () => {
    const { out } = await passcode(["preview", "--source", "--channel", "email"]);
    expect(out.match(/^==> .*$/gm)).toEqual([
      "==> email.en.subject.liquid <==",
      "==> email.en.text.liquid <==",
      "==> email.en.html.liquid <==",
    ]);
  });

  test("prints the templates of all channels under their names", async () => {
    const { out } = await passcode(["preview", "--source", "--locale", "ar"]);
    expect(out.match(/^==> .*$/gm)).toEqual([
      "==> sms.ar.liquid <==",
      "==> voice.ar.liquid <==",
      "==> email.ar.subject.liquid <==",
      "==> email.ar.text.liquid <==",
      "==> email.ar.html.liquid <==",
    ]);
  });

  test("prints the template of the HTML alone", async () => {
    const { out } = await passcode(["preview", "--source", "--html"]);
    expect(out).toMatch(/^\{%[\s\S]*\{\{ code \}\}[\s\S]*<\/html>\n$/);
    expect(out).not.toContain("==>");
  });

  test("shows a profile's own template with its samples, or with the values given", async () => {
    const shop = ["preview", "--config", config, "--profile", "shop"];
    expect((await passcode(shop)).out).toBe(
      "SMS in de: GSM-7, 1 segment (26 of 160)\n  │ Kim, 123456 for Acme Shop.\n",
    );
    expect((await passcode([...shop, "--var", "first_name=Jo\nCo"])).out).toContain(
      "│ Jo Co, 123456 for Acme Shop.\n",
    );
    expect((await passcode([...shop, "--source"])).out).toBe(template);
  });

  test.each<[string[], RegExp]>([
    [["--profile", "nobody"], /^name one of the profiles with --profile: default, shop\n$/],
    [["--profile", "shop", "--channel", "voice"], /^profile shop does not offer voice\n$/],
    [["--profile", "shop", "--var", "name=x"], /^--var name: profile shop declares no such variable\n$/],
    [["--locale", "en!US"], /^--locale en!US: is not a language tag such as de, pt-BR or zh-Hant\n$/],
    [["--transaction", "amount"], /^--transaction amount: takes NAME=VALUE, /],
    [
      ["--transaction", "Amount=1"],
      /^--transaction Amount: takes NAME=VALUE, the name in lower-case letters, /,
    ],
  ])("%j cannot be shown, and says why", async (args, message) => {
    const { exitCode, out, err } = await passcode(["preview", "--config", config, ...args]);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(err).toMatch(message);
  });

  test("a configuration with a broken template cannot be shown, and says where it is broken", async () => {
    mkdirSync(join(folder, "broken"));
    writeFileSync(join(folder, "broken", "sms.de.liquid"), "{{ code }}\n{{ frist_name }}");
    const broken = join(folder, "broken.yaml");
    writeFileSync(broken, yaml.replace("templates: templates", "templates: broken"));
    const { exitCode, err } = await passcode(["preview", "--config", broken]);
    expect(exitCode).toBe(1);
    expect(err).toBe(
      `${broken}:13:5: profiles.shop.templates: sms.de.liquid:2: reads frist_name, which is neither built in ` +
        "nor among the profile's variables\n",
    );
  });

  test.each<[string[]]>([[["--channel", "pigeon"]], [["--html", "--channel", "sms"]]])(
    "%j is told how to be called",
    async (args) => {
      const { exitCode, out, err } = await passcode(["preview", ...args]);
      expect({ exitCode, out }).toEqual({ exitCode: 64, out: "" });
      expect(err).toMatch(/^Usage: passcode preview/);
    },
  );
});
