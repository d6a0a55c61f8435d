/** The one table of the store (the shape of k3s-io/kine) and the statements on it. */
import { existsSync, statSync } from "node:fs";
import { openSqlite } from "../../kit/sql-store.ts";
import type { SqliteDatabase } from "../../kit/sqlite.ts";
import { messageOf, SkiffError } from "../../lib/errors.ts";

/** Bumped whenever the table changes shape; kept in SQLite's `user_version`. */
const SCHEMA_VERSION = 1;
/** What the write-ahead log shrinks to after a checkpoint. */
const WAL_BYTES = 16 * 1024 * 1024;

export interface Row {
  readonly revision: number;
  readonly key: string;
  readonly created: number;
  readonly deleted: number;
  /** Revision of the row that this one supersedes; 0 for none. */
  readonly previous: number;
  readonly value: string;
}

export interface RowWithPrevious extends Row {
  readonly before: string | null;
}

/** Newest row per key at a revision: no later one of the same key up to there. */
const NEWEST = `FROM objects AS o INDEXED BY objects_key WHERE key > ? AND key < ? AND revision <= ? AND deleted = 0
  AND NOT EXISTS (SELECT 1 FROM objects AS n INDEXED BY objects_key WHERE n.key = o.key AND n.revision > o.revision AND n.revision <= ?)`;

/** The prepared statements. */
export function prepareStatements(database: SqliteDatabase) {
  return {
    begin: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
    rollback: database.prepare("ROLLBACK"),
    savepoint: database.prepare("SAVEPOINT mutation"),
    release: database.prepare("RELEASE mutation"),
    undo: database.prepare("ROLLBACK TO mutation"),
    get: database.prepare<[string], Row>("SELECT * FROM objects WHERE key = ? ORDER BY revision DESC LIMIT 1"),
    list: database.prepare<[string, string, number, number, number], Row>(`SELECT key, revision, value ${NEWEST} ORDER BY key LIMIT ?`),
    count: database.prepare<[string, string, number, number], { n: number }>(`SELECT count(*) AS n ${NEWEST}`),
    // The unary plus keeps SQLite on the primary key, which is the order asked for.
    since: database.prepare<[number, string, string, number], RowWithPrevious>(
      `SELECT o.*, p.value AS before FROM objects AS o LEFT JOIN objects AS p ON p.revision = o.previous AND o.created = 0
       WHERE o.revision > ? AND +o.key > ? AND +o.key < ? ORDER BY o.revision LIMIT ?`,
    ),
    append: database.prepare<[number, string, number, number, number, string]>(
      "INSERT INTO objects (revision, key, created, deleted, previous, value) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    last: database.prepare<[], { r: number | null }>("SELECT max(revision) AS r FROM objects"),
    compacted: database.prepare<[], { revision: number }>("SELECT revision FROM compaction"),
    setCompacted: database.prepare<[number]>("UPDATE compaction SET revision = ?"),
    forgetSuperseded: database.prepare<[number, number]>(
      "DELETE FROM objects WHERE revision IN (SELECT previous FROM objects WHERE revision > ? AND revision <= ?)",
    ),
    forgetDeleted: database.prepare<[number, number]>("DELETE FROM objects WHERE revision > ? AND revision <= ? AND deleted = 1"),
  };
}

function createSchema(database: SqliteDatabase, file: string): void {
  const version = database.pragma("user_version", { simple: true }) as number;
  if (version > SCHEMA_VERSION) {
    throw new SkiffError(
      "Conflict",
      `${file} was written by a newer version of Skiff (schema ${version}, this one knows ${SCHEMA_VERSION})`,
      { remedy: "Start the newer Skiff on this data directory, or choose another with --data DIR." },
    );
  }
  database.exec(`
    CREATE TABLE IF NOT EXISTS objects (
      revision INTEGER PRIMARY KEY,
      key TEXT NOT NULL, created INTEGER NOT NULL, deleted INTEGER NOT NULL, previous INTEGER NOT NULL, value TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS objects_key ON objects (key, revision);
    DROP INDEX IF EXISTS objects_lock;
    CREATE TABLE IF NOT EXISTS compaction (revision INTEGER NOT NULL);
    INSERT INTO compaction SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM compaction);
    PRAGMA user_version = ${SCHEMA_VERSION};
    PRAGMA journal_size_limit = ${WAL_BYTES};
  `);
}

const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

/** Opens and checks the database. Throws Conflict when `file` is from a newer Skiff, damaged or no Skiff database. */
export function openDatabase(file: string): SqliteDatabase {
  const existed = sizeOf(file) > 0;
  // A log that is still there tells of a process that ended without closing: then every page is looked at.
  const crashed = sizeOf(`${file}-wal`) > 0;
  let database: SqliteDatabase | undefined;
  try {
    database = openSqlite(file);
    const faults = crashed ? (database.pragma("quick_check(1)", { simple: true }) as string) : "ok";
    if (faults !== "ok") throw new Error(faults);
    createSchema(database, file);
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof SkiffError || !existed) throw error;
    throw new SkiffError("Conflict", `${file} is damaged or no Skiff database: ${messageOf(error)}`, {
      remedy: "Restore it from a copy, or choose another data directory with --data DIR; the file was left as it is.",
      cause: error,
    });
  }
}
