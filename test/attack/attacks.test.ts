import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { tally } from "../proof/effort.ts";

const folder = "test/attack";

/** The second cell of every row in the list's tables that names a test. */
const listed = readFileSync(`${folder}/README.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .flatMap((line) => /^`([^`]+\.test\.ts)`$/.exec(line.split("|")[2]?.trim() ?? "")?.[1] ?? []);

const thisTest = "attacks.test.ts";
const present = readdirSync(folder).filter((name) => name.endsWith(".test.ts") && name !== thisTest);

it("every attack in the list has its test", () => {
  expect(listed.filter((name) => !present.includes(name))).toEqual([]);
  expect(listed.length).toBeGreaterThan(30);
  tally("attack", { attacks: listed.length });
});

it("every test of an attack is in the list, once", () => {
  expect(present.filter((name) => !listed.includes(name))).toEqual([]);
  expect(listed.filter((name, index) => listed.indexOf(name) !== index)).toEqual([]);
});
