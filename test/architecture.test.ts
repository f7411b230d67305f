import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** Every source file with what it says, comments left out. */
const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: withoutComments(readFileSync(`src/${path}`, "utf8")) }));

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
}

function filesThatSay(pattern: RegExp): string[] {
  return sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

function importsOf(folder: string): string[] {
  return sources
    .filter(({ path }) => path.startsWith(`${folder}/`))
    .flatMap(({ text }) => [...text.matchAll(/from "([^"]+)"/g)].map(([, from]) => from ?? ""));
}

describe("what a part may know", () => {
  test("the ledger knows no edge, no store, no vendor and no generated code", () => {
    const outside = importsOf("ledger").filter((from) => from.startsWith("../"));
    expect(outside).toEqual([]);
  });

  test("the use cases know no protocol", () => {
    expect(importsOf("passcode").filter((from) => /\/rpc\/|\/gen\/|@connectrpc|@grpc/.test(from))).toEqual(
      [],
    );
  });

  test.each([
    ["@connectrpc/", /^(rpc|cli)\//],
    ["@grpc/", /^(rpc\/|server\.ts$)/],
    ["gen/", /^(rpc\/|cli\/|server\.ts$)/],
    ["keyv", /^store\//],
    ["@keyv/redis", /^store\//],
    ["node:sqlite", /^store\//],
    ["nodemailer", /^delivery\/smtp\//],
    ["@aws-sdk/", /^delivery\/aws\//],
    ["smpp", /^delivery\/smpp\//],
    ["jose", /^delivery\/vonage\//],
    ["undici", /^delivery\/(http|aws\/get)\.ts$/],
    ["cockatiel", /^delivery\/circuit\.ts$/],
    ["liquidjs", /^message\//],
    [
      "libphonenumber-js",
      /^(ledger\/(destination-phone|number-kind)|config\/([a-z-]+|providers\/http-fields))\.ts$/,
    ],
  ])("%s is known only where it belongs", (module, where) => {
    const files = filesThatSay(new RegExp(`from "(\\.\\./)*${module}`));
    expect(files).not.toEqual([]);
    expect(files.filter((path) => !where.test(path))).toEqual([]);
  });
});

describe("what is passed in", () => {
  test.each([
    ["the time of day", /\bDate\.now\(|new Date\(\)/, ["clock.ts"]],
    ["chance", /\brandomBytes\b/, ["random.ts"]],
    ["predictable chance", /Math\.random/, []],
    ["the process", /\bprocess\.[a-z]/, ["main.ts"]],
  ])("%s is taken in its one place", (_, pattern, where) => {
    expect(filesThatSay(pattern)).toEqual(where);
  });
});
