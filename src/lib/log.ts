/** Structured log lines: a constant message and fields, one JSON object a line on standard error. */

export type Level = "debug" | "info" | "warn" | "error";
export type Fields = Record<string, unknown>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A log whose lines all carry `fields`. */
  with(fields: Fields): Log;
}

const ORDER: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface LogOptions {
  readonly level?: Level;
  readonly write?: (line: string) => void;
  readonly fields?: Fields;
}

function printable(value: unknown): unknown {
  return value instanceof Error ? { message: value.message, stack: value.stack } : value;
}

/** Creates a log; lines below `level` (default "info") are dropped. */
export function createLog(options: LogOptions = {}): Log {
  const level = options.level ?? "info";
  const write = options.write ?? ((line: string) => process.stderr.write(`${line}\n`));
  const base = options.fields ?? {};
  const emit = (at: Level, message: string, fields?: Fields): void => {
    if (ORDER[at] < ORDER[level]) return;
    const merged: Fields = { time: new Date().toISOString(), level: at, message, ...base };
    for (const [key, value] of Object.entries(fields ?? {})) merged[key] = printable(value);
    write(JSON.stringify(merged));
  };
  return {
    debug: (message, fields) => emit("debug", message, fields),
    info: (message, fields) => emit("info", message, fields),
    warn: (message, fields) => emit("warn", message, fields),
    error: (message, fields) => emit("error", message, fields),
    with: (fields) => createLog({ level, write, fields: { ...base, ...fields } }),
  };
}
