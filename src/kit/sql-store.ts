/** SQL state of components: one SQLite file per component through Kysely; PostgreSQL takes the same queries in Kubernetes mode. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { Kysely, SqliteDialect, type SqliteDatabase as SqliteDialectDatabase } from "kysely";
import { Migrator, type Migration } from "kysely/migration";
import { SkiffError } from "../lib/errors.ts";
import { openSqliteFile, type SqliteDatabase } from "./sqlite.ts";

export interface SqlStoreOptions {
  /** File of the database; parent folders are made. */
  readonly file: string;
  /** Migrations by name; names sort in the order they apply and are never renamed. */
  readonly migrations: Readonly<Record<string, Migration>>;
}

/** Opens SQLite with the durability every Skiff database has: WAL, `synchronous=FULL`. */
export function openSqlite(file: string): SqliteDatabase {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = openSqliteFile(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  return database;
}

/**
 * Opens a component's database and brings its schema up to date.
 * Throws Conflict when the file was written by a newer Skiff; the file stays untouched.
 */
export async function openSqlStore<Schema>({ file, migrations }: SqlStoreOptions): Promise<Kysely<Schema>> {
  const store = new Kysely<Schema>({ dialect: new SqliteDialect({ database: openSqlite(file) as unknown as SqliteDialectDatabase }) });
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
