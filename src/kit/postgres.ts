/** PostgreSQL under the SQL store: `pg` through Kysely, loaded only where it is configured. */
import { PostgresDialect, type Dialect } from "kysely";
import { messageOf, SkiffError } from "../lib/errors.ts";

/** How many connections one store opens at most; PostgreSQL allows 100 for all of its clients by default. */
const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

export interface PostgresAddress {
  /** As libpq takes it: postgresql://user:password@host:port/database */
  readonly connectionString: string;
  /** Schema of the component's tables; made when absent. */
  readonly schema: string;
}

/** Counts and sums arrive as text, since they may exceed what a number holds exactly. SQLite gives numbers. */
function toNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new SkiffError("InternalError", `the database returned ${text}, which a number cannot hold`);
  return value;
}

/** The address without the password, for messages. */
function printable(connectionString: string): string {
  try {
    const url = new URL(connectionString);
    return `${url.protocol}//${url.host}${url.pathname}`;
  } catch {
    return "the configured address";
  }
}

const ALREADY_THERE = new Set(["23505", "42P06"]);

/** Two processes may find the schema absent at once; IF NOT EXISTS does not look at what others are about to commit. */
async function createSchema(query: (text: string) => Promise<unknown>, schema: string): Promise<void> {
  try {
    await query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  } catch (error) {
    if (!ALREADY_THERE.has((error as { code?: string }).code ?? "")) throw error;
  }
}

/**
 * Connects, and makes the schema when it is absent.
 * Throws BadRequest for a name that is no schema's; ServiceUnavailable when the server cannot be reached or refuses.
 */
export async function openPostgres({ connectionString, schema }: PostgresAddress): Promise<Dialect> {
  if (!SCHEMA_NAME.test(schema)) {
    throw new SkiffError("BadRequest", `${JSON.stringify(schema)} is no name for a PostgreSQL schema`, {
      remedy: "Use lower-case letters, digits and underscores.",
    });
  }
  const { default: pg } = await import("pg");
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, toNumber);
  types.setTypeParser(pg.types.builtins.NUMERIC, Number);
  const pool = new pg.Pool({
    connectionString,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Every query then finds the component's tables by their plain names, as in SQLite.
    options: `-c search_path=${schema}`,
    application_name: `skiff-${schema}`,
    types,
  });
  // A server that goes away ends idle connections; the pool opens new ones at the next query.
  pool.on("error", () => undefined);
  try {
    // CREATE … IF NOT EXISTS alone needs the right to create even where the schema exists.
    const { rowCount } = await pool.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
    if (rowCount === 0) await createSchema((text) => pool.query(text), schema);
  } catch (error) {
    await pool.end();
    throw new SkiffError("ServiceUnavailable", `PostgreSQL at ${printable(connectionString)} cannot be used: ${messageOf(error)}`, {
      remedy: "Check the address, the user's password and its right to create schemas.",
      cause: error,
    });
  }
  return new PostgresDialect({ pool });
}

/** True for errors after which the same transaction may succeed: serialization failures and deadlocks. */
export function isPostgresRetryable(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "40001" || code === "40P01";
}
