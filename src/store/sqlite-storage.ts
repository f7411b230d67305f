import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Clock } from "../clock.ts";
import type { Storage } from "./storage.ts";

export interface SqliteStorageOptions {
  /** The database file, created if absent, in a directory that exists. */
  path: string;
  clock: Clock;
  /** Told when sweeping fails; sweeping goes on. */
  onError: (error: unknown) => void;
}

/** The layout below. A file written by another is refused, not guessed at. */
const layoutVersion = 1;

const layout = `
  CREATE TABLE record (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX record_expires_at ON record (expires_at);
  PRAGMA user_version = ${layoutVersion};
`;

/** A slice is swept every second, small enough not to be noticed; a backlog of a million takes half an hour. */
const sweepIntervalMs = 1_000;
const sliceMax = 500;

/**
 * Keeps texts in a SQLite file, for one process, which holds the file locked.
 *
 * A `set` is answered when it is on the disk (synchronous = FULL), so a crash right after
 * forgets nothing that was answered. Each is one commit of its own.
 */
export class SqliteStorage implements Storage {
  readonly opts = {};
  readonly #options: SqliteStorageOptions;
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #set: StatementSync;
  readonly #delete: StatementSync;
  readonly #findExpired: StatementSync;
  readonly #deleteExpired: StatementSync;
  readonly #timer: NodeJS.Timeout;
  /** The files as they were opened: the database and its journal. */
  readonly #opened: readonly (readonly [path: string, identity: string | undefined])[];

  constructor(options: SqliteStorageOptions) {
    this.#options = options;
    this.#database = open(options.path);
    this.#opened = [options.path, `${options.path}-wal`].map((path) => [path, identityOf(path)]);
    const prepare = (sql: string) => this.#database.prepare(sql);
    this.#get = prepare("SELECT value FROM record WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)");
    this.#set = prepare(
      "INSERT INTO record VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at",
    );
    this.#delete = prepare("DELETE FROM record WHERE key = ?");
    this.#findExpired = prepare("SELECT 1 FROM record WHERE expires_at <= ? LIMIT 1");
    this.#deleteExpired = prepare(
      `DELETE FROM record WHERE key IN (SELECT key FROM record WHERE expires_at <= ? LIMIT ${sliceMax})`,
    );
    this.#sweep();
    this.#timer = setInterval(() => this.#sweep(), sweepIntervalMs);
    this.#timer.unref();
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    this.#checkFiles();
    const row = this.#get.get(key, this.#options.clock.nowMs());
    return row?.["value"] as Value | undefined; // The table is STRICT: a value is a text.
  }

  async set(key: string, text: string, ttlMs?: number): Promise<boolean> {
    this.#checkFiles();
    const expiresAtMs = ttlMs === undefined ? null : Math.ceil(this.#options.clock.nowMs() + ttlMs);
    this.#set.run(key, text, expiresAtMs);
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.#delete.run(key).changes === 1;
  }

  async clear(): Promise<void> {
    this.#database.exec("DELETE FROM record");
  }

  async disconnect(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#database.isOpen) this.#database.close();
  }

  /** Nothing here is an event: a failure is thrown to whoever asked. */
  on(): this {
    return this;
  }

  /**
   * A file that was deleted or replaced goes on to be written to as if nothing had happened, and everything is gone
   * at the next start. What would be counted in it is not done.
   */
  #checkFiles(): void {
    for (const [path, identity] of this.#opened) {
      if (identityOf(path) !== identity)
        throw new Error(`${path} was deleted or replaced under this process.`);
    }
  }

  /** Looks before it deletes, since even a deletion of nothing takes the disk. */
  #sweep(): void {
    const nowMs = Math.floor(this.#options.clock.nowMs());
    try {
      if (this.#findExpired.get(nowMs) !== undefined) this.#deleteExpired.run(nowMs);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

/** Opens the file for its owner's eyes only, and keeps it locked until closed. */
function open(path: string): DatabaseSync {
  // SQLite gives its own files (-wal) the mode of this one.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    // The lock is taken by the first write, and then held.
    database.exec("BEGIN EXCLUSIVE; COMMIT");
    checkPages(database, path);
    layOut(database, path);
    return database;
  } catch (error) {
    database.close();
    throw isLocked(error) ? new Error(`${path} is in use by another process.`, { cause: error }) : error;
  }
}

/** Which file is at the path; undefined if there is none. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

/** Refuses a damaged file at the start, not when the damaged page is asked for. */
function checkPages(database: DatabaseSync, path: string): void {
  const said = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  // The line that names the page; one before it names the database.
  if (said !== "ok") throw new Error(`${path} is damaged: ${String(said).split("\n").at(-1)}`);
}

/** Lays out an empty file, and refuses one of another layout or of someone else's. */
function layOut(database: DatabaseSync, path: string): void {
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (version === layoutVersion) return;
  if (version !== 0)
    throw new Error(`${path} has layout version ${version}; this release knows ${layoutVersion}.`);
  if (database.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined) {
    throw new Error(`${path} is a database of something else.`);
  }
  database.exec(`BEGIN; ${layout} COMMIT`);
}

/** SQLITE_BUSY is 5, and the low byte of its refinements. */
function isLocked(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === 5;
}
