/** A full disk, as the many layers above it report it. */
import { SkiffError } from "./errors.ts";

// Files say ENOSPC or EDQUOT; SQLite says FULL, or IOERR_* when it happens in its log or its shared memory.
const CODES: readonly unknown[] = ["ENOSPC", "EDQUOT", "SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"];

/** The error to answer with when `error`, or one behind it, says that the disk is full; undefined otherwise. */
export function toStorageFull(error: unknown): SkiffError | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++) {
    if (at instanceof SkiffError && at.reason === "InsufficientStorage") return at;
    if (CODES.includes((at as { code?: unknown }).code)) {
      return new SkiffError("InsufficientStorage", "the disk of the data directory is full, nothing was written", {
        remedy: "Free some space there; Skiff goes on by itself.",
        cause: error,
      });
    }
  }
  return undefined;
}
