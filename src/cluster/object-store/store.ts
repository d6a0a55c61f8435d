/**
 * Kubernetes' storage: one append-only table whose key is the revision (the shape of k3s-io/kine).
 * WAL and `synchronous=FULL`; writers that arrive together share one commit and so one fsync.
 */
import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { openSqlite } from "../../kit/sql-store.ts";
import { SkiffError } from "../../lib/errors.ts";

/** Bumped whenever the table changes shape; kept in SQLite's `user_version`. */
const SCHEMA_VERSION = 1;
/** How many revisions stay readable for watches that resume. */
const KEPT_REVISIONS = 20_000;

export interface StoredObject {
  readonly key: string;
  readonly revision: number;
  /** JSON text of the object. */
  readonly value: string;
}

export interface StoreEvent {
  readonly type: "put" | "delete";
  readonly key: string;
  readonly revision: number;
  readonly created: boolean;
  /** The object after a put; for a delete its last state. */
  readonly value: string;
  /** The object before, when there was one. */
  readonly previous: string | undefined;
}

/** The view of one mutation: reads see the writes of the same commit. */
export interface Transaction {
  get(key: string): StoredObject | undefined;
  list(prefix: string): StoredObject[];
  /** Stores the next state of `key` and returns its revision. */
  put(key: string, value: string): number;
  /** Deletes `key`; `value` is its last state. Returns the revision of the deletion. */
  delete(key: string, value: string): number;
}

export interface ListPage {
  readonly items: StoredObject[];
  /** Revision the page was read at. */
  readonly revision: number;
  /** Key after which the next page starts. */
  readonly next: string | undefined;
  readonly remaining: number;
}

export interface ObjectStore {
  /** Runs `mutation` in the next group commit; resolves once it is durable. What it throws rejects only this call. */
  transact<T>(mutation: (transaction: Transaction) => T): Promise<T>;
  get(key: string): StoredObject | undefined;
  list(prefix: string, page?: { limit?: number; after?: string }): ListPage;
  /** The newest revision. */
  revision(): number;
  /** Events after `revision` under `prefix`. Throws Expired when they were compacted away. */
  since(prefix: string, revision: number): StoreEvent[];
  /** Calls `listener` after each commit, in order of revision; returns the way to stop. */
  subscribe(listener: (events: readonly StoreEvent[]) => void): () => void;
  /** Forgets superseded revisions older than the kept window. */
  compact(): void;
  close(): void;
}

interface Row {
  revision: number;
  key: string;
  created: number;
  deleted: number;
  previous: number;
  value: string;
}

interface Pending {
  readonly run: () => void;
  readonly settle: (failure: unknown) => void;
}

function prepare(database: Database.Database) {
  return {
    get: database.prepare<[string], Row>("SELECT * FROM objects WHERE key = ? ORDER BY revision DESC LIMIT 1"),
    at: database.prepare<[number], Row>("SELECT * FROM objects WHERE revision = ?"),
    list: database.prepare<[string, string, number], Row>(
      `SELECT o.* FROM (SELECT max(revision) AS r FROM objects WHERE key > ? AND key < ? GROUP BY key ORDER BY key) AS newest
       JOIN objects AS o ON o.revision = newest.r WHERE o.deleted = 0 ORDER BY o.key LIMIT ?`,
    ),
    count: database.prepare<[string, string], { n: number }>(
      `SELECT count(*) AS n FROM (SELECT max(revision) AS r FROM objects WHERE key > ? AND key < ? GROUP BY key) AS newest
       JOIN objects AS o ON o.revision = newest.r WHERE o.deleted = 0`,
    ),
    since: database.prepare<[number, string, string], Row>(
      "SELECT * FROM objects WHERE revision > ? AND key > ? AND key < ? ORDER BY revision",
    ),
    append: database.prepare<[string, number, number, number, string]>(
      "INSERT INTO objects (key, created, deleted, previous, value) VALUES (?, ?, ?, ?, ?)",
    ),
    last: database.prepare<[], { r: number | null }>("SELECT max(revision) AS r FROM objects"),
    compacted: database.prepare<[], { revision: number }>("SELECT revision FROM compaction"),
    setCompacted: database.prepare<[number]>("UPDATE compaction SET revision = ?"),
    forget: database.prepare<[number, number]>(
      `DELETE FROM objects WHERE revision <= ? AND (deleted = 1 OR revision NOT IN
         (SELECT max(revision) FROM objects WHERE revision <= ? GROUP BY key))`,
    ),
  };
}

function createSchema(database: Database.Database, file: string): void {
  const version = database.pragma("user_version", { simple: true }) as number;
  if (version > SCHEMA_VERSION) {
    throw new SkiffError(
      "Conflict",
      `${file} was written by a newer version of Skiff (schema ${version}, this one knows ${SCHEMA_VERSION})`,
      {
        remedy: "Start the newer Skiff on this data directory, or choose another with --data DIR.",
      },
    );
  }
  database.exec(`
    CREATE TABLE IF NOT EXISTS objects (
      revision INTEGER PRIMARY KEY AUTOINCREMENT,
      key TEXT NOT NULL, created INTEGER NOT NULL, deleted INTEGER NOT NULL, previous INTEGER NOT NULL, value TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS objects_key ON objects (key, revision);
    CREATE UNIQUE INDEX IF NOT EXISTS objects_lock ON objects (key, previous);
    CREATE TABLE IF NOT EXISTS compaction (revision INTEGER NOT NULL);
    INSERT INTO compaction SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM compaction);
    PRAGMA user_version = ${SCHEMA_VERSION};
  `);
}

/** Opens the store. Throws Conflict when `file` is from a newer Skiff or is no Skiff database; nothing is written then. */
export function openObjectStore(file: string): ObjectStore {
  const existed = existsSync(file);
  const database = openSqlite(file);
  try {
    createSchema(database, file);
  } catch (error) {
    database.close();
    if (error instanceof SkiffError || !existed) throw error;
    throw new SkiffError("Conflict", `${file} is not a Skiff database: ${String(error)}`, { cause: error });
  }
  const sql = prepare(database);
  const listeners = new Set<(events: readonly StoreEvent[]) => void>();
  let pending: Pending[] = [];
  let batch: StoreEvent[] = [];
  let newest = sql.last.get()?.r ?? 0;

  // Keys contain no character above U+FFFF's plane start, so this closes every prefix.
  const end = (prefix: string): string => `${prefix}\u{10ffff}`;
  const live = (row: Row | undefined): StoredObject | undefined => (row && row.deleted === 0 ? row : undefined);

  const append = (key: string, deleted: boolean, value: string): number => {
    const before = sql.get.get(key);
    const existing = live(before);
    const { lastInsertRowid } = sql.append.run(key, existing || deleted ? 0 : 1, deleted ? 1 : 0, before?.revision ?? 0, value);
    const revision = Number(lastInsertRowid);
    batch.push({ type: deleted ? "delete" : "put", key, revision, created: !existing && !deleted, value, previous: existing?.value });
    return revision;
  };
  const transaction: Transaction = {
    get: (key) => live(sql.get.get(key)),
    list: (prefix) => sql.list.all(prefix, end(prefix), -1),
    put: (key, value) => append(key, false, value),
    delete: (key, value) => append(key, true, value),
  };

  const commit = (): void => {
    const work = pending;
    pending = [];
    batch = [];
    try {
      database.exec("BEGIN IMMEDIATE");
      for (const { run } of work) run();
      database.exec("COMMIT");
    } catch (error) {
      if (database.inTransaction) database.exec("ROLLBACK");
      const failure = new SkiffError("InternalError", `storage failed: ${String(error)}`, { cause: error });
      for (const { settle } of work) settle(failure);
      return;
    }
    const events = batch;
    newest = events.at(-1)?.revision ?? newest;
    for (const { settle } of work) settle(undefined);
    if (events.length > 0) for (const listener of listeners) listener(events);
  };

  const toEvent = (row: Row): StoreEvent => ({
    type: row.deleted === 1 ? "delete" : "put",
    key: row.key,
    revision: row.revision,
    created: row.created === 1,
    value: row.value,
    previous: row.created === 1 ? undefined : sql.at.get(row.previous)?.value,
  });

  return {
    transact: <T>(mutation: (transaction: Transaction) => T) =>
      new Promise<T>((resolve, reject) => {
        let outcome: { value: T } | { error: unknown };
        if (pending.length === 0) setImmediate(commit);
        pending.push({
          run: () => {
            // Mutations check first and write last, so one that throws has written nothing.
            try {
              outcome = { value: mutation(transaction) };
            } catch (error) {
              outcome = { error };
            }
          },
          settle: (failure) => {
            if (failure !== undefined) reject(failure);
            else if ("error" in outcome) reject(outcome.error);
            else resolve(outcome.value);
          },
        });
      }),
    get: (key) => live(sql.get.get(key)),
    list: (prefix, { limit = -1, after } = {}) => {
      const from = after ?? prefix;
      const rows = sql.list.all(from, end(prefix), limit < 0 ? -1 : limit + 1);
      const items = limit < 0 ? rows : rows.slice(0, limit);
      const more = rows.length > items.length;
      const next = more ? items.at(-1)?.key : undefined;
      const remaining = next === undefined ? 0 : (sql.count.get(next, end(prefix))?.n ?? 0);
      return { items, revision: newest, next, remaining };
    },
    revision: () => newest,
    since: (prefix, revision) => {
      if (revision < (sql.compacted.get()?.revision ?? 0)) {
        throw new SkiffError("Expired", `too old resource version: ${revision} (${sql.compacted.get()?.revision ?? 0})`);
      }
      return sql.since.all(revision, prefix, end(prefix)).map(toEvent);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact: () => {
      const limit = newest - KEPT_REVISIONS;
      if (limit <= (sql.compacted.get()?.revision ?? 0)) return;
      database.transaction(() => {
        sql.forget.run(limit, limit);
        sql.setCompacted.run(limit);
      })();
    },
    close: () => {
      if (pending.length > 0) commit();
      database.close();
    },
  };
}
