/** Removes what pods have written. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Removes a folder with everything in it. Folders that their owner closed and paths longer than the system takes, both
 * easily made by a pod, are left to programs that can deal with them. Rejects when something stays.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // Neither follows links below `path`.
    await run("chmod", ["-R", "u+rwX", "--", path]).catch(() => undefined);
    await run("rm", ["-rf", "--", path]);
  }
}
