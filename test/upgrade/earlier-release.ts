import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;

/** The releases whose records this one has to share a store with, by the commit each was made of. */
export const earlierReleases = [
  { name: "the last release", commit: "79ed1fa" },
  { name: "the release before, which kept no reports of deliveries", commit: "557ecac" },
] as const;

/**
 * The source of an earlier release, out of this repository's history, in a folder of its
 * own. It runs with the packages installed here.
 */
export function unpackRelease(commit: string): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "passcode-release-"));
  const archive = join(folder, "release.tar");
  writeFileSync(
    archive,
    execFileSync("git", ["archive", commit, "src", "gen", "proto", "package.json"], archiving),
  );
  execFileSync("tar", ["-xf", archive, "-C", folder]);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

const archiving = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
