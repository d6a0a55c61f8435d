/** SQL state of components: one SQLite file per component through Kysely; PostgreSQL takes the same queries in Kubernetes mode. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { SkiffError } from "../lib/errors.ts";

export interface SqlStoreOptions {
  /** File of the database; parent folders are made. */
  readonly file: string;
  /** Migrations by name; names sort in the order they apply and are never renamed. */
  readonly migrations: Readonly<Record<string, Migration>>;
}

/** Opens SQLite with the durability every Skiff database has: WAL, `synchronous=FULL`. */
export function openSqlite(file: string): Database.Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  database.pragma("busy_timeout = 5000");
  return database;
}

/**
 * Opens a component's database and brings its schema up to date.
 * Throws Conflict when the file was written by a newer Skiff; the file stays untouched.
 */
export async function openSqlStore<Schema>({ file, migrations }: SqlStoreOptions): Promise<Kysely<Schema>> {
  const store = new Kysely<Schema>({ dialect: new SqliteDialect({ database: openSqlite(file) }) });
  try {
    const migrator = new Migrator({ db: store, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } });
    const newer = await unknownMigrations(store, migrations);
    if (newer.length > 0) {
      throw new SkiffError("Conflict", `${file} was written by a newer version of Skiff (it has ${newer.join(", ")})`, {
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

async function unknownMigrations<Schema>(store: Kysely<Schema>, known: SqlStoreOptions["migrations"]): Promise<string[]> {
  const tables = await store.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === "kysely_migration")) return [];
  const loose = store as unknown as Kysely<{ kysely_migration: { name: string } }>;
  const rows = await loose.selectFrom("kysely_migration").select("name").execute();
  return rows.map((row) => row.name).filter((name) => !(name in known));
}
