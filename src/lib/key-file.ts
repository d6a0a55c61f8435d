/** Secrets that a process makes for itself and keeps in a file only its user can read. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Reads `file`; undefined when it does not exist. */
export function readFileIfAny(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes `content` with mode 0600 so that a crash leaves either the old file or the new one, whole and on disk. */
export function writePrivateFile(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode: 0o600, flush: true });
  renameSync(temporary, file);
}

/** The 32 random bytes kept in `file`; made at the first call. */
export function ensureSecretFile(file: string): Uint8Array {
  const existing = readFileIfAny(file);
  if (existing?.length === 32) return existing;
  const secret = randomBytes(32);
  writePrivateFile(file, secret);
  return secret;
}
