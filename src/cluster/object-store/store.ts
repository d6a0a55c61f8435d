/**
 * Kubernetes' storage: one append-only table whose key is the revision (the shape of k3s-io/kine).
 * WAL and `synchronous=FULL`; writers that arrive together share one commit and so one fsync.
 */
import { SkiffError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Bounds, ObjectStore, PageOptions, StoredObject, StoreEvent, Transaction } from "./contract.ts";
import { isSqliteError, tooLargeRevision, toStorageError } from "./failure.ts";
import { openDatabase, prepareStatements, type Row, type RowWithPrevious } from "./table.ts";

/** How many revisions stay readable for watches that resume and lists that are paged. */
const KEPT_REVISIONS = 20_000;
/** A commit takes in at most so many mutations, so that reads come between. */
const MAX_BATCH = 256;
/** Superseded revisions are forgotten in steps of this size, inside ordinary commits. */
const COMPACTION_STEP = 256;

export interface ObjectStoreOptions {
  readonly keptRevisions?: number;
  /** Where a failing subscriber is reported. */
  readonly log?: Log;
}

interface Pending {
  readonly run: () => void;
  readonly settle: (failure: unknown) => void;
}

/** Keys contain no character above U+FFFF's plane start, so this closes every prefix. */
const end = (prefix: string): string => `${prefix}\u{10ffff}`;
const live = (row: Row | undefined): StoredObject | undefined => (row && row.deleted === 0 ? row : undefined);

function toEvent(row: RowWithPrevious): StoreEvent {
  return {
    type: row.deleted === 1 ? "delete" : "put",
    key: row.key,
    revision: row.revision,
    created: row.created === 1,
    value: row.value,
    previous: row.before ?? undefined,
  };
}

/** Reads rows until a bound is reached; `isLast` is false when there was another. */
function takeWithin<T extends { readonly value: string }>(
  { limit = Number.MAX_SAFE_INTEGER - 1, characters = Number.POSITIVE_INFINITY }: Bounds,
  query: (limit: number) => Iterable<T>,
): { rows: T[]; isLast: boolean } {
  const rows: T[] = [];
  let taken = 0;
  for (const row of query(limit + 1)) {
    if (rows.length === limit || taken >= characters) return { rows, isLast: false };
    rows.push(row);
    taken += row.value.length;
  }
  return { rows, isLast: true };
}

/**
 * Opens the store; `keptRevisions` is how far back watches may resume. Throws Conflict when `file` is from a newer
 * Skiff, damaged or no Skiff database; nothing is written then.
 */
export function openObjectStore(file: string, { keptRevisions = KEPT_REVISIONS, log }: ObjectStoreOptions = {}): ObjectStore {
  const database = openDatabase(file);
  const sql = prepareStatements(database);
  const listeners = new Set<(events: readonly StoreEvent[]) => void>();
  let pending: Pending[] = [];
  let batch: StoreEvent[] = [];
  let compacted = sql.compacted.get()?.revision ?? 0;
  let newest = Math.max(sql.last.get()?.r ?? 0, compacted);
  /** True once the mutation that runs has written: only then there is something to undo. */
  let hasWritten = false;
  /** The row that was read last: most writes replace what they have just read. */
  let lastRead: { readonly key: string; readonly row: Row | undefined } | undefined;

  const read = (key: string): Row | undefined => {
    if (lastRead?.key === key) return lastRead.row;
    lastRead = { key, row: sql.get.get(key) };
    return lastRead.row;
  };
  const append = (key: string, deleted: boolean, value: string): number => {
    if (!hasWritten) sql.savepoint.run();
    hasWritten = true;
    const before = read(key);
    const existing = live(before);
    const created = !existing && !deleted;
    const revision = newest + batch.length + 1;
    lastRead = undefined;
    sql.append.run(revision, key, created ? 1 : 0, deleted ? 1 : 0, before?.revision ?? 0, value);
    batch.push({ type: deleted ? "delete" : "put", key, revision, created, value, previous: existing?.value });
    return revision;
  };
  const transaction: Transaction = {
    get: (key) => live(read(key)),
    list: (prefix) => sql.list.all(prefix, end(prefix), Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -1),
    put: (key, value) => append(key, false, value),
    delete: (key, value) => append(key, true, value),
  };

  /** Runs one mutation of a batch; what SQLite throws fails the whole batch. */
  const runMutation = <T>(mutation: (transaction: Transaction) => T): { value: T } | { error: unknown } => {
    const before = batch.length;
    hasWritten = false;
    try {
      const value = mutation(transaction);
      if (hasWritten) sql.release.run();
      return { value };
    } catch (error) {
      if (isSqliteError(error)) throw error;
      if (hasWritten) {
        sql.undo.run();
        sql.release.run();
        batch.length = before;
        lastRead = undefined;
      }
      return { error };
    }
  };

  /** Forgets what the revisions after `compacted` up to `limit` superseded. */
  const forget = (limit: number): void => {
    sql.forgetSuperseded.run(compacted, limit);
    sql.forgetDeleted.run(compacted, limit);
    sql.setCompacted.run(limit);
  };
  /** Runs `work` in one durable transaction. Throws a storage error after undoing everything. */
  const durably = (work: () => void): void => {
    lastRead = undefined;
    try {
      sql.begin.run();
      work();
      sql.commit.run();
    } catch (error) {
      if (database.inTransaction) sql.rollback.run();
      throw toStorageError(error);
    } finally {
      lastRead = undefined;
    }
  };
  const publish = (events: readonly StoreEvent[]): void => {
    for (const listener of listeners) {
      try {
        listener(events);
      } catch (error) {
        log?.error("a subscriber of the object store failed", { error });
      }
    }
  };

  const commit = (): void => {
    const work = pending.slice(0, MAX_BATCH);
    pending = pending.slice(MAX_BATCH);
    if (pending.length > 0) setImmediate(commit);
    batch = [];
    let forgotten = compacted;
    try {
      durably(() => {
        for (const { run } of work) run();
        const due = newest + batch.length - keptRevisions - compacted;
        if (due < COMPACTION_STEP && due < keptRevisions) return;
        forgotten = compacted + Math.min(due, COMPACTION_STEP + 2 * batch.length);
        forget(forgotten);
      });
    } catch (failure) {
      batch = [];
      for (const { settle } of work) settle(failure);
      return;
    }
    const events = batch;
    batch = [];
    compacted = forgotten;
    newest = events.at(-1)?.revision ?? newest;
    for (const { settle } of work) settle(undefined);
    if (events.length > 0) publish(events);
  };

  const checkRevision = ({ at }: PageOptions): number => {
    if (at === undefined) return newest;
    if (at > newest) throw tooLargeRevision(at, newest);
    if (at < compacted) throw new SkiffError("Expired", "The resourceVersion for the provided list is too old.");
    return at;
  };
  /** Reads fail in words too. */
  const reading = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw isSqliteError(error) ? toStorageError(error) : error;
    }
  };

  return {
    transact: <T>(mutation: (transaction: Transaction) => T) =>
      new Promise<T>((resolve, reject) => {
        let outcome: { value: T } | { error: unknown };
        if (pending.length === 0) setImmediate(commit);
        pending.push({
          run: () => {
            outcome = runMutation(mutation);
          },
          settle: (failure) => {
            if (failure !== undefined) reject(failure);
            else if ("error" in outcome) reject(outcome.error);
            else resolve(outcome.value);
          },
        });
      }),
    get: (key) => reading(() => live(sql.get.get(key))),
    list: (prefix, page = {}) =>
      reading(() => {
        const at = checkRevision(page);
        const { after = prefix } = page;
        const { rows, isLast } = takeWithin(page, (limit) => sql.list.iterate(after, end(prefix), at, at, limit));
        return { items: rows, revision: at, next: isLast ? undefined : rows.at(-1)?.key };
      }),
    count: (prefix, page = {}) =>
      reading(() => {
        const at = checkRevision(page);
        return sql.count.get(page.after ?? prefix, end(prefix), at, at)?.n ?? 0;
      }),
    revision: () => newest,
    since: (prefix, revision, bounds = {}) => {
      if (revision < compacted) throw new SkiffError("Expired", `too old resource version: ${revision} (${compacted})`);
      return reading(() => {
        const { rows, isLast } = takeWithin(bounds, (limit) => sql.since.iterate(revision, prefix, end(prefix), limit));
        return { events: rows.map(toEvent), isLast };
      });
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact: () => {
      while (newest - keptRevisions > compacted) {
        const limit = Math.min(newest - keptRevisions, compacted + 4 * COMPACTION_STEP);
        durably(() => forget(limit));
        compacted = limit;
      }
    },
    close: () => {
      while (pending.length > 0) commit();
      database.close();
    },
  };
}
