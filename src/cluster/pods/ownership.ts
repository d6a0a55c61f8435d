/** Owners of the files that pods use. Links are changed themselves, never followed. */
import { lchown, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Gives `path` and everything below it to `uid`. Call it only while no process of the pod can change the tree. */
export async function chownTree(path: string, uid: number | undefined): Promise<void> {
  if (uid === undefined) return;
  await lchown(path, uid, uid);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await chownTree(child, uid);
    else await lchown(child, uid, uid);
  }
}
