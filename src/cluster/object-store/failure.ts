/** SQLite's failures as errors whose sentence helps: a full disk, a damaged file, anything else. */
import { SqliteError } from "../../kit/sqlite.ts";
import { messageOf, SkiffError } from "../../lib/errors.ts";

/** True for what SQLite itself reports, as opposed to what a mutation throws. */
export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof SqliteError;
}

/** The error that callers of the store see. */
export function toStorageError(error: unknown): SkiffError {
  const code = isSqliteError(error) ? error.code : "";
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE") {
    return new SkiffError("InsufficientStorage", "the disk of the data directory is full, nothing was written", {
      remedy: "Free some space there; Skiff goes on by itself.",
      cause: error,
    });
  }
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return new SkiffError("InternalError", "the file of the object store is damaged", {
      remedy: "Stop Skiff and restore objects.db in its data directory from a copy.",
      cause: error,
    });
  }
  return new SkiffError("InternalError", `storage failed: ${messageOf(error)}`, { cause: error });
}

/** A revision that does not exist yet. Follows apiserver's NewTooLargeResourceVersionError. */
export function tooLargeRevision(wanted: number, newest: number): SkiffError {
  return new SkiffError("Timeout", `Too large resource version: ${wanted}, current: ${newest}`, {
    details: { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }], retryAfterSeconds: 1 },
  });
}
