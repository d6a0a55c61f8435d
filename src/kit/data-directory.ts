/** The data directory: whose it is, who holds it, and the files that people's scripts rely on. */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { messageOf, SkiffError } from "../lib/errors.ts";
import { openSqliteFile, type SqliteDatabase } from "./sqlite.ts";

/** Bumped when the layout changes in a way an older Skiff must not touch. */
const FORMAT = 1;
const MARKER = "skiff.json";
const PID = "skiff.pid";
const READY = "ready.json";
/** What a folder may hold before its first start: files of other systems, and a configuration. */
const IGNORED = new Set([".DS_Store", "lost+found", "config.yaml"]);

/** `ready.json`: people's scripts read it. */
export interface Ready {
  readonly version: string;
  readonly pid: number;
  readonly gateway: string;
  readonly kube: string;
  readonly dataDir: string;
}

export interface DataDirectory {
  readonly path: string;
  /** True when this start made it. */
  readonly fresh: boolean;
  /** A folder below that only Skiff's user can enter; made when absent. */
  folder(name: string): string;
  writeReady(ready: Ready): void;
  /** Writes atomically, readable by Skiff's user alone. */
  writePrivate(name: string, text: string): void;
  /** Gives the directory back. */
  release(): void;
}

function writeAtomic(file: string, text: string, mode: number): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, file);
}

function prepare(path: string): void {
  try {
    // 0711: pods under other users pass through to their own folder; nothing can be listed.
    mkdirSync(path, { recursive: true, mode: 0o711 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new SkiffError("Forbidden", `the data directory ${path} cannot be written: ${messageOf(error)}`, {
      remedy: "Choose a directory of yours with --data DIR, or correct its permissions.",
      cause: error,
    });
  }
}

function checkOwnership(path: string): boolean {
  const marker = join(path, MARKER);
  if (!existsSync(marker)) {
    const strangers = readdirSync(path).filter((name) => !IGNORED.has(name));
    if (strangers.length === 0) return true;
    throw new SkiffError("Conflict", `${path} is not empty and no data directory of Skiff (it holds ${strangers.slice(0, 3).join(", ")})`, {
      remedy: "Choose an empty or a new directory with --data DIR.",
    });
  }
  let format: unknown;
  try {
    format = (JSON.parse(readFileSync(marker, "utf8")) as { format?: unknown }).format;
  } catch (error) {
    throw new SkiffError("Conflict", `${marker} cannot be read: ${messageOf(error)}`, {
      remedy: "Restore it from a backup, or choose another directory with --data DIR.",
    });
  }
  if (typeof format === "number" && format > FORMAT) {
    throw new SkiffError("Conflict", `${path} was written by a newer version of Skiff (format ${format}, this one knows ${FORMAT})`, {
      remedy: "Start the newer Skiff on it, or choose another directory with --data DIR.",
    });
  }
  return false;
}

/** Looks at an existing directory without taking it: throws Conflict when it belongs to something else or to a newer Skiff. */
export function inspectDataDirectory(path: string): void {
  checkOwnership(path);
}

/** An SQLite lock: the kernel drops it when the process dies, however it dies. */
function lock(path: string): SqliteDatabase {
  const database = openSqliteFile(join(path, "lock.db"), { timeout: 0 });
  try {
    database.pragma("locking_mode = EXCLUSIVE");
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code !== "SQLITE_BUSY") throw error;
    const pid = readPid(path);
    throw new SkiffError("Conflict", `another Skiff${pid === undefined ? "" : ` (pid ${pid})`} is running on ${path}`, {
      remedy: "Stop it with: skiff down --data DIR, or choose another directory with --data DIR.",
    });
  }
}

/** The pid in the directory's pid file, if there is one. */
export function readPid(path: string): number | undefined {
  const file = join(path, PID);
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : Number.NaN;
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** True while a Skiff holds the directory. */
export function isHeld(path: string): boolean {
  if (!existsSync(join(path, "lock.db"))) return false;
  try {
    lock(path).close();
    return false;
  } catch {
    return true;
  }
}

/**
 * Takes the directory for this process. Throws Forbidden when it cannot be written; Conflict when it belongs to
 * something else, to a newer Skiff, or to a running one. Nothing is changed in those cases.
 */
export function openDataDirectory(path: string, version: string): DataDirectory {
  prepare(path);
  const fresh = checkOwnership(path);
  const held = lock(path);
  if (fresh) writeAtomic(join(path, MARKER), `${JSON.stringify({ format: FORMAT, createdBy: version })}\n`, 0o644);
  rmSync(join(path, READY), { force: true });
  writeAtomic(join(path, PID), `${process.pid}\n`, 0o644);
  return {
    path,
    fresh,
    folder: (name) => {
      const folder = join(path, name);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
      return folder;
    },
    writeReady: (ready) => writeAtomic(join(path, READY), `${JSON.stringify(ready)}\n`, 0o644),
    writePrivate: (name, text) => writeAtomic(join(path, name), text, 0o600),
    release: () => {
      rmSync(join(path, READY), { force: true });
      rmSync(join(path, PID), { force: true });
      held.close();
    },
  };
}
