/** SQL state of components, through Kysely: a SQLite file per component, or a PostgreSQL schema per component in Kubernetes mode. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Kysely, PostgresAdapter, SqliteAdapter, SqliteDialect, type Dialect, type Transaction } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { delay } from "../lib/backoff.ts";
import { SkiffError } from "../lib/errors.ts";
import { isPostgresRetryable, openPostgres, type PostgresAddress } from "./postgres.ts";
import { openSqliteFile, type SqliteDatabase } from "./sqlite.ts";

export interface SqliteAddress {
  /** File of the database; parent folders are made. */
  readonly file: string;
}

/** Where a component's tables are. */
export type SqlAddress = SqliteAddress | PostgresAddress;

export type SqlStoreOptions = SqlAddress & {
  /** Migrations by name; names sort in the order they apply and are never renamed. */
  readonly migrations: Readonly<Record<string, Migration>>;
};

/** Opens SQLite with the durability every Skiff database has: WAL, `synchronous=FULL`. */
export function openSqlite(file: string): SqliteDatabase {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = openSqliteFile(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  return database;
}

/** Kysely assumes that SQLite cannot undo changes of the schema. It can: a migration that fails or is killed leaves nothing behind. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class TransactionalSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter();
  }
}

/**
 * On a full disk SQLite undoes a transaction by itself; its answer to Kysely's own ROLLBACK, that there is none, would hide
 * why. So a rollback of nothing does nothing.
 */
function forgivingRollback(database: SqliteDatabase): SqliteDatabase {
  const nothing = {
    reader: false,
    get: () => undefined,
    all: () => [],
    iterate: () => [].values(),
    run: () => ({ changes: 0, lastInsertRowid: 0 }),
  };
  return {
    ...database,
    get inTransaction() {
      return database.inTransaction;
    },
    prepare: (sql) => (sql === "rollback" && !database.inTransaction ? nothing : database.prepare(sql)),
  };
}

function openDialect(address: SqlAddress): Dialect | Promise<Dialect> {
  if ("file" in address) return new TransactionalSqliteDialect({ database: forgivingRollback(openSqlite(address.file)) });
  return openPostgres(address);
}

/**
 * Opens a component's database and brings its schema up to date; several processes may do so at once on PostgreSQL.
 * Throws Conflict when it was written by a newer Skiff; it stays untouched then.
 */
export async function openSqlStore<Schema>({ migrations, ...address }: SqlStoreOptions): Promise<Kysely<Schema>> {
  const store = new Kysely<Schema>({ dialect: await openDialect(address) });
  const schema = "schema" in address ? address.schema : undefined;
  try {
    const migrator = new Migrator({
      db: store,
      provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
      ...(schema === undefined ? {} : { migrationTableSchema: schema }),
    });
    const newer = await unknownMigrations(store, migrations, schema);
    if (newer.length > 0) {
      const what = "file" in address ? address.file : `schema ${address.schema}`;
      throw new SkiffError("Conflict", `${what} was written by a newer version of Skiff (it has ${newer.join(", ")})`, {
        remedy: "Start the newer Skiff on this data directory, or choose another with --data DIR.",
      });
    }
    const { error } = await migrator.migrateToLatest();
    if (error) throw error;
    return store;
  } catch (error) {
    await store.destroy();
    throw error;
  }
}

async function unknownMigrations<Schema>(
  store: Kysely<Schema>,
  known: SqlStoreOptions["migrations"],
  schema: string | undefined,
): Promise<string[]> {
  const tables = await store.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === "kysely_migration" && (schema === undefined || table.schema === schema))) return [];
  const loose = store as unknown as Kysely<{ kysely_migration: { name: string } }>;
  const rows = await loose.selectFrom("kysely_migration").select("name").execute();
  return rows.map((row) => row.name).filter((name) => !(name in known));
}

const ATTEMPTS = 20;
const LONGEST_PAUSE_MS = 50;

/**
 * Runs `work` as one transaction that sees nobody else's half-done work, on either database: SQLite runs one at a
 * time, PostgreSQL at isolation level serializable. `work` may run again after a conflict, so it changes only the database.
 * Throws Conflict when that does not end.
 */
export async function transact<Schema, T>(store: Kysely<Schema>, work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T> {
  if (!(store.getExecutor().adapter instanceof PostgresAdapter)) return store.transaction().execute(work);
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.transaction().setIsolationLevel("serializable").execute(work);
    } catch (error) {
      if (!isPostgresRetryable(error)) throw error;
      if (attempt === ATTEMPTS) throw new SkiffError("Conflict", "others kept changing the same rows", { cause: error });
      await delay(Math.random() * LONGEST_PAUSE_MS);
    }
  }
}
