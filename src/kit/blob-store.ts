/** Blobs in a directory: the embedded twin of an S3 bucket. Keys are slash-separated and never leave the root. */
import { constants, createReadStream } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { Readable } from "node:stream";
import { SkiffError } from "../lib/errors.ts";
import { newSecret } from "../lib/ids.ts";

export interface BlobInfo {
  readonly key: string;
  /** Bytes; 0 for a prefix that holds other keys. */
  readonly size: number;
  readonly directory: boolean;
}

export interface ByteRange {
  readonly start: number;
  /** Inclusive, as in HTTP ranges. */
  readonly end: number;
}

export interface BlobStore {
  /** Writes atomically: a reader sees the old bytes or the new ones. */
  put(key: string, bytes: Uint8Array | string): Promise<void>;
  /** Copies a file or a whole folder of the machine into the store; on disk when it resolves. */
  upload(key: string, path: string): Promise<void>;
  /** Copies a blob, or everything below a prefix, to a path of the machine. */
  download(key: string, path: string): Promise<void>;
  /** Throws NotFound. */
  get(key: string): Promise<Uint8Array>;
  find(key: string): Promise<Uint8Array | undefined>;
  stat(key: string): Promise<BlobInfo | undefined>;
  list(prefix: string): Promise<BlobInfo[]>;
  stream(key: string, range?: ByteRange): ReadableStream<Uint8Array>;
  /** Removes a blob or everything below a prefix. */
  delete(key: string): Promise<void>;
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Copies `from` to `to`; symbolic links are left out, since a step could point one at another tenant's file. */
async function copyTree(from: string, to: string, durable: boolean): Promise<void> {
  const info = await stat(from);
  if (!info.isDirectory()) {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    if (durable) await syncFile(to);
    return;
  }
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.isFile() || entry.isDirectory()) await copyTree(join(from, entry.name), join(to, entry.name), durable);
  }
}

/** Opens the store rooted at `root`. */
export function createDirectoryBlobStore(root: string): BlobStore {
  const pathOf = (key: string): string => {
    const parts = key.split("/").filter((part) => part !== "");
    if (parts.length === 0 || parts.some((part) => part === ".." || part === "." || part.includes("\0") || part.includes(sep))) {
      throw new SkiffError("BadRequest", `invalid blob key ${JSON.stringify(key)}`);
    }
    return join(root, ...parts);
  };
  const store: BlobStore = {
    put: async (key, bytes) => {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      const temporary = `${path}.${newSecret(6)}.tmp`;
      try {
        const file = await open(temporary, "w", 0o600);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    upload: async (key, path) => {
      try {
        await copyTree(path, pathOf(key), true);
      } catch (error) {
        // Half an artifact must not look like one, least of all on a disk that has just filled up.
        await store.delete(key);
        throw error;
      }
    },
    download: async (key, path) => {
      try {
        await copyTree(pathOf(key), path, false);
      } catch (error) {
        if (isMissing(error)) throw new SkiffError("NotFound", `no artifact at ${key}`);
        throw error;
      }
    },
    get: async (key) => {
      const bytes = await store.find(key);
      if (!bytes) throw new SkiffError("NotFound", `no artifact at ${key}`);
      return bytes;
    },
    find: async (key) => {
      try {
        return await readFile(pathOf(key));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    stat: async (key) => {
      try {
        const info = await stat(pathOf(key));
        return { key, size: info.isDirectory() ? 0 : info.size, directory: info.isDirectory() };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    list: async (prefix) => {
      try {
        const entries = await readdir(pathOf(prefix), { withFileTypes: true });
        const infos = await Promise.all(entries.map((entry) => store.stat(`${prefix}/${entry.name}`)));
        return infos.filter((info) => info !== undefined);
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
    stream: (key, range) => Readable.toWeb(createReadStream(pathOf(key), range)) as ReadableStream<Uint8Array>,
    delete: (key) => rm(pathOf(key), { recursive: true, force: true }),
  };
  return store;
}
