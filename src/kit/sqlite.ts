/** SQLite as Node has it built in (node:sqlite), with error codes by name and rows typed by the statement. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

export interface SqliteStatement<Parameters extends readonly unknown[] = readonly unknown[], Row = unknown> {
  /** True when the statement returns rows. */
  readonly reader: boolean;
  get(...parameters: Parameters): Row | undefined;
  all(...parameters: Parameters): Row[];
  iterate(...parameters: Parameters): IterableIterator<Row>;
  run(...parameters: Parameters): { changes: number | bigint; lastInsertRowid: number | bigint };
}

export interface SqliteDatabase {
  readonly inTransaction: boolean;
  prepare<Parameters extends readonly unknown[] = readonly unknown[], Row = unknown>(sql: string): SqliteStatement<Parameters, Row>;
  exec(sql: string): void;
  /** Runs a PRAGMA of the program's own; `simple` reads the first value of the first row. */
  pragma(text: string, options?: { simple: true }): unknown;
  /** A function that runs `work` in a transaction: all of it, or nothing when it throws. */
  transaction<T>(work: () => T): () => T;
  close(): void;
}

/** Result codes (sqlite.org/rescode.html) that somebody asks for; others keep their primary code's name. */
const CODES: Readonly<Record<number, string>> = {
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  13: "SQLITE_FULL",
  14: "SQLITE_CANTOPEN",
  19: "SQLITE_CONSTRAINT",
  26: "SQLITE_NOTADB",
  778: "SQLITE_IOERR_WRITE",
  1555: "SQLITE_CONSTRAINT_PRIMARYKEY",
  2067: "SQLITE_CONSTRAINT_UNIQUE",
  4874: "SQLITE_IOERR_SHMSIZE",
};

/** What SQLite itself reports. */
export class SqliteError extends Error {
  override readonly name = "SqliteError";
  readonly code: string;

  constructor(message: string, code: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

function toSqliteError(error: unknown): unknown {
  const { code, errcode } = error as { code?: string; errcode?: number };
  if (code !== "ERR_SQLITE_ERROR" || errcode === undefined) return error;
  const name = CODES[errcode] ?? CODES[errcode & 0xff] ?? "SQLITE_ERROR";
  return new SqliteError((error as Error).message, name, error);
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toSqliteError(error);
  }
}

/** Kysely passes all parameters as one array, everybody else one by one. */
function flat(parameters: readonly unknown[]): SQLInputValue[] {
  const [first] = parameters;
  return (parameters.length === 1 && Array.isArray(first) ? first : parameters) as SQLInputValue[];
}

function wrap<Parameters extends readonly unknown[], Row>(statement: StatementSync): SqliteStatement<Parameters, Row> {
  return {
    reader: statement.columns().length > 0,
    get: (...parameters) => guarded(() => statement.get(...flat(parameters)) as Row | undefined),
    all: (...parameters) => guarded(() => statement.all(...flat(parameters)) as Row[]),
    iterate: (...parameters) => guarded(() => statement.iterate(...flat(parameters)) as IterableIterator<Row>),
    run: (...parameters) => guarded(() => statement.run(...flat(parameters))),
  };
}

/** Opens a database file, or makes it. `timeout` is how long a locked file is waited for, in milliseconds. Throws SqliteError. */
export function openSqliteFile(file: string, { timeout = 5000 }: { timeout?: number } = {}): SqliteDatabase {
  const database = guarded(() => new DatabaseSync(file, { timeout }));
  const self: SqliteDatabase = {
    get inTransaction() {
      return database.isTransaction;
    },
    prepare: (sql) => guarded(() => wrap(database.prepare(sql))),
    exec: (sql) => guarded(() => database.exec(sql)),
    pragma: (text, options) => {
      const rows = self.prepare<[], Record<string, unknown>>(`PRAGMA ${text}`).all();
      return options ? Object.values(rows[0] ?? {})[0] : rows;
    },
    transaction: (work) => () => {
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        guarded(() => database.exec("COMMIT"));
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => {
      if (database.isOpen) database.close();
    },
  };
  return self;
}
