/**
 * A pod's volume, entered from outside its sandbox. A step may leave links anywhere in it, even on the way to a file that the
 * platform reads or writes, so every name is opened by itself and never followed. Linux can do that race-free (/proc/self/fd).
 */
import { constants } from "node:fs";
import { mkdir, mkdtemp, open, readdir, rename, rmdir, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SkiffError } from "../../../lib/errors.ts";

/** A file or folder that is held open: `path` stays the same thing, whatever its names are made to mean. */
export interface Opened {
  readonly path: string;
  /** Bytes; 0 for a folder. */
  readonly size: number;
  readonly directory: boolean;
  readonly handle: FileHandle;
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
// O_NONBLOCK: a pipe that a step left must not hold us up.
const ANYTHING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const LINKED = ["ELOOP", "ENOTDIR"];

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "";

async function holding(handle: FileHandle, plainPath: string): Promise<Opened> {
  const info = await handle.stat();
  const path = process.platform === "linux" ? `/proc/self/fd/${handle.fd}` : plainPath;
  return { path, size: info.isFile() ? info.size : 0, directory: info.isDirectory(), handle };
}

/**
 * Opens the folder at `names` below `root`; undefined when it is missing, unless `create`.
 * Throws Invalid when one of the names is a link or a file.
 */
async function openFolder(root: string, names: readonly string[], create = false): Promise<Opened | undefined> {
  let at = await holding(await open(root, constants.O_RDONLY | constants.O_DIRECTORY), root);
  for (const [index, name] of names.entries()) {
    const path = join(at.path, name);
    try {
      if (create) await mkdir(path).catch((error: unknown) => (codeOf(error) === "EEXIST" ? undefined : Promise.reject(error as Error)));
      const next = await holding(await open(path, FOLDER), path);
      await at.handle.close();
      at = next;
    } catch (error) {
      await at.handle.close();
      if (LINKED.includes(codeOf(error)))
        throw new SkiffError("Invalid", `${names.slice(0, index + 1).join("/")} is a symbolic link or no folder, which is not taken`);
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }
  return at;
}

/** Opens one entry of an open folder. Throws Invalid for a link; undefined when it is missing or neither file nor folder. */
async function openEntry(folder: Opened, name: string): Promise<Opened | undefined> {
  const path = join(folder.path, name);
  try {
    const entry = await holding(await open(path, ANYTHING), path);
    if (entry.directory || (await entry.handle.stat()).isFile()) return entry;
    await entry.handle.close();
    return undefined;
  } catch (error) {
    if (LINKED.includes(codeOf(error))) throw new SkiffError("Invalid", `${name} is a symbolic link, which is not taken`);
    // ENXIO: a socket, or a pipe without a writer.
    if (["ENOENT", "ENXIO", "ENODEV"].includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** Calls `use` with what lies at `tail` below `root`, held open meanwhile; with undefined when nothing does. Throws Invalid for links. */
export async function withContent<T>(root: string, tail: string, use: (content: Opened | undefined) => Promise<T>): Promise<T> {
  const names = tail.split("/");
  const folder = await openFolder(root, names.slice(0, -1));
  if (!folder) return use(undefined);
  try {
    const content = await openEntry(folder, names.at(-1) ?? "");
    try {
      return await use(content);
    } finally {
      await content?.handle.close();
    }
  } finally {
    await folder.handle.close();
  }
}

// Each level holds a file handle, and paths have an end.
const MAX_DEPTH = 64;

/** Visits the files below an open folder, each held open, with their paths relative to it; links and devices are passed over. */
export async function walk(
  folder: Opened,
  visit: (relative: string, entry: Opened) => Promise<void>,
  before: readonly string[] = [],
): Promise<void> {
  if (before.length > MAX_DEPTH) throw new SkiffError("Invalid", `the artifact's folders are nested more than ${MAX_DEPTH} levels deep`);
  for (const found of await readdir(folder.path, { withFileTypes: true })) {
    if (!found.isFile() && !found.isDirectory()) continue;
    const entry = await openEntry(folder, found.name);
    if (!entry) continue;
    const names = [...before, found.name];
    try {
      await visit(names.join("/"), entry);
      if (entry.directory) await walk(entry, visit, names);
    } finally {
      await entry.handle.close();
    }
  }
}

/** Makes the folder at `tail` below `root`. Throws Invalid when a link lies on the way. */
export async function makeFolder(root: string, tail: string): Promise<void> {
  const folder = await openFolder(root, tail.split("/"), true);
  await folder?.handle.close();
}

/** Lets `fill` write a file or folder at a path out of the step's reach, and moves it to `tail` below `root`. Replaces what is there. */
export async function place(root: string, tail: string, fill: (path: string) => Promise<void>): Promise<void> {
  const names = tail.split("/");
  const name = names.at(-1) ?? "";
  // Beside the volume: the same file system, and nothing that a step can see.
  const aside = await mkdtemp(join(dirname(root), ".place-"));
  const folder = await openFolder(root, names.slice(0, -1), true);
  try {
    await fill(join(aside, "new"));
    const target = join(folder?.path ?? root, name);
    try {
      await rename(join(aside, "new"), target);
    } catch (error) {
      if (!["EEXIST", "ENOTEMPTY", "ENOTDIR", "EISDIR"].includes(codeOf(error))) throw error;
      // From an earlier try. It is not deleted here: that would mean to walk through what a step may be changing.
      await rename(target, join(aside, "old"));
      await rename(join(aside, "new"), target);
    }
  } finally {
    await folder?.handle.close();
    await rmdir(aside).catch(() => undefined);
  }
}
