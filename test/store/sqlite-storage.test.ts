import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SqliteStorage } from "../../src/store/sqlite-storage.ts";

describe("The SQLite storage", () => {
  let folder: string;
  let path: string;
  let nowMs: number;
  let open: () => SqliteStorage;
  let opened: SqliteStorage[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "passcode-sqlite-"));
    path = join(folder, "store.db");
    nowMs = 1_000_000.5;
    opened = [];
    open = () => {
      const onError = (error: unknown) => {
        throw error;
      };
      const storage = new SqliteStorage({ path, clock: { nowMs: () => nowMs }, onError });
      opened.push(storage);
      return storage;
    };
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const storage of opened) await storage.disconnect();
    rmSync(folder, { recursive: true });
  });

  const rows = () => {
    const database = new DatabaseSync(path, { readOnly: true });
    const count = database.prepare("SELECT count(*) AS count FROM record").get()?.["count"];
    database.close();
    return count;
  };

  it("has after a restart what it had before", async () => {
    const before = open();
    await before.set("key", "text", 1_000);
    await before.disconnect();
    expect(await open().get("key")).toBe("text");
  });

  it.each(["", "-wal"])(
    "counts nothing once its file%s is deleted or replaced, and goes on once it is back",
    async (suffix) => {
      const storage = open();
      await storage.set("key", "text", 1_000);
      const [file, aside] = [`${path}${suffix}`, join(folder, "aside")];

      renameSync(file, aside);
      await expect(storage.get("key")).rejects.toThrow(`${file} was deleted or replaced under this process.`);
      await expect(storage.set("key", "other", 1_000)).rejects.toThrow("was deleted or replaced");
      copyFileSync(aside, file);
      await expect(storage.set("key", "other", 1_000)).rejects.toThrow("was deleted or replaced");

      renameSync(aside, file);
      expect(await storage.get("key")).toBe("text");
    },
  );

  it("refuses a file with a damaged page at the start", async () => {
    const before = open();
    for (let index = 0; index < 200; index++) await before.set(`key-${index}`, "x".repeat(500), 1_000);
    await before.disconnect();
    const bytes = readFileSync(path);
    const at = bytes.length - 3 * 4_096;
    writeFileSync(path, bytes.fill(0xff, at, at + 100));
    expect(() => open()).toThrow(`${path} is damaged: `);
  });

  it("has after a crash what it had answered", async () => {
    const script = `
      import { SqliteStorage } from "${new URL("../../src/store/sqlite-storage.ts", import.meta.url)}";
      const storage = new SqliteStorage({ path: ${JSON.stringify(path)}, clock: { nowMs: () => 0 }, onError: console.error });
      await storage.set("key", "text", 10_000_000);
      process.kill(process.pid, "SIGKILL");
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "inherit" });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    expect(await open().get("key")).toBe("text");
  });

  it("refuses the file while another process has it", async () => {
    const script = `
      import { SqliteStorage } from "${new URL("../../src/store/sqlite-storage.ts", import.meta.url)}";
      new SqliteStorage({ path: ${JSON.stringify(path)}, clock: { nowMs: () => 0 }, onError: console.error });
      process.stdout.write("open");
      setInterval(() => {}, 1_000);
    `;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(open).toThrow(`${path} is in use by another process.`);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await open().get("key")).toBeUndefined();
  });

  it("has a text up to the millisecond before its expiry", async () => {
    const storage = open();
    await storage.set("key", "text", 1_000);
    nowMs += 999;
    expect(await storage.get("key")).toBe("text");
    nowMs += 1.5;
    expect(await storage.get("key")).toBeUndefined();
  });

  it("deletes expired rows on opening and every second, and no live one", async () => {
    vi.useFakeTimers();
    const before = open();
    await before.set("live", "text", 1_000_000);
    for (let index = 0; index < 1_200; index++) await before.set(`dead-${index}`, "text", 1_000);
    await before.disconnect();
    expect(rows()).toBe(1_201);
    nowMs += 2_000;
    const after = open();
    await vi.advanceTimersByTimeAsync(2_000);
    await after.disconnect();
    expect(rows()).toBe(1);
  });

  it("keeps its files to their owner", async () => {
    writeFileSync(path, "", { mode: 0o644 });
    await open().set("key", "text");
    const modes = readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  it("refuses a file of a layout it does not know", async () => {
    await open().disconnect();
    const database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(open).toThrow("layout version 99; this release knows 1");
  });

  it("refuses a database of something else, and a file that is no database", () => {
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE other (id INTEGER)");
    database.close();
    expect(open).toThrow("is a database of something else");
    rmSync(path);
    writeFileSync(path, "not a database, but long enough to have a header of one hundred bytes".repeat(10));
    expect(open).toThrow("not a database");
  });

  it("refuses a folder that does not exist", () => {
    path = join(folder, "absent", "store.db");
    expect(open).toThrow("ENOENT");
  });
});
