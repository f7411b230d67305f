import { createSecretKey } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SqliteStorage } from "../../src/store/sqlite-storage.ts";
import { startService, type TestService } from "../support/service.ts";
import { type Life, live } from "./life.ts";

/** What a release left in its store, with what is needed to go on from there. */
export interface Recording {
  /** When it was recorded; a service that reads it has to believe it is a moment later. */
  readonly atMs: number;
  /** Base64. The policy is the default one of that release, which is written out where its numbers matter. */
  readonly keys: { readonly index: string; readonly code: string };
  readonly records: readonly { readonly key: string; readonly text: string; readonly expiresAtMs: number }[];
  readonly life: Life;
}

const folder = import.meta.dirname;
const recordedName = /^layout-(\d+)\.json$/;

/** The recordings, one of each layout that records have had, by its number. */
export function recordings(): Map<number, Recording> {
  const layouts = readdirSync(folder).flatMap((name) => recordedName.exec(name)?.[1] ?? []);
  return new Map(
    layouts.map(Number).map((layout) => [layout, JSON.parse(readFileSync(fileOf(layout), "utf8"))]),
  );
}

/** The number of the layout that a recording's records have. */
export function layoutOf({ records }: Recording): number {
  const versions = records
    .filter(({ key }) => key.startsWith("ledger:"))
    .map(({ text }) => Number(/"version":(\d+)/.exec(text)?.[1]));
  return Math.max(...versions);
}

export function keep(recording: Recording): void {
  writeFileSync(fileOf(layoutOf(recording)), `${JSON.stringify(recording, null, 2)}\n`);
}

function fileOf(layout: number): string {
  return join(folder, `layout-${layout}.json`);
}

/** Has the release at hand live a life, and takes what it leaves. */
export async function record(): Promise<Recording> {
  const atMs = Date.now();
  const keys = { index: base64(1), code: base64(2) };
  return await inFolder(async (path) => {
    const service = await serviceOn(path, { keys, atMs });
    const life = await live(service);
    await service.stop();
    const database = new DatabaseSync(path);
    const rows = database.prepare(
      "SELECT key, value AS text, expires_at AS expiresAtMs FROM record ORDER BY key",
    );
    // The columns' types are those of the storage's layout.
    const records = rows.all().map((row) => ({ ...row })) as unknown as Recording["records"];
    database.close();
    return { atMs, keys, records, life };
  });
}

/** Has the release at hand go on with what is recorded, `laterMs` after it. */
export async function resume<T>(
  { atMs, keys, records }: Recording,
  use: (service: TestService) => Promise<T>,
  laterMs = 1_000,
): Promise<T> {
  return await inFolder(async (path) => {
    const storage = new SqliteStorage({
      path,
      clock: { nowMs: () => atMs },
      onError: (error) => {
        throw error;
      },
    });
    for (const { key, text, expiresAtMs } of records) await storage.set(key, text, expiresAtMs - atMs);
    await storage.disconnect();
    const service = await serviceOn(path, { keys, atMs: atMs + laterMs });
    try {
      return await use(service);
    } finally {
      await service.stop();
    }
  });
}

/** With a clock that stands, so that nothing expires however long the tests take. */
function serviceOn(path: string, { keys, atMs }: Pick<Recording, "keys" | "atMs">): Promise<TestService> {
  const secret = (text: string) => createSecretKey(Buffer.from(text, "base64"));
  return startService(
    {
      keys: { index: secret(keys.index), codes: [{ id: 1, secret: secret(keys.code) }] },
      store: { kind: "sqlite", path, timeoutMs: 5_000 },
    },
    { clock: { nowMs: () => atMs } },
  );
}

function base64(fill: number): string {
  return Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 7 + fill) % 256)).toString("base64");
}

async function inFolder<T>(use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "passcode-upgrade-"));
  try {
    return await use(join(folder, "passcode.db"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
