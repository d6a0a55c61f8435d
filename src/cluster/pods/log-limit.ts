/**
 * Keeps the logs of running containers small. A log that has grown past the limit loses its beginning: the blocks are given
 * back to the file system (a hole, made by `fallocate`), so that positions stay valid, nobody has to stop writing, and no
 * line is lost that was to be kept. FILE.start says where the log begins now. Where holes cannot be made the log is emptied.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { open, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Log } from "../../lib/log.ts";

const run = promisify(execFile);

export interface LogLimit {
  /** Watches a container's log until the returned function is called, which looks a last time. */
  watch(file: string): () => Promise<void>;
}

export interface LogLimitOptions {
  /** What stays at least. */
  readonly keepBytes: number;
  /** A log is cut when it holds more than this. */
  readonly maxBytes: number;
  readonly intervalMs: number;
  readonly log: Log;
}

/** kubelet keeps files of 10 MiB and shows the newest. It looks every 10 s; a flood fills a disk faster than that. */
export const LOG_LIMIT = { keepBytes: 10 * 2 ** 20, maxBytes: 30 * 2 ** 20, intervalMs: 250 };

/** Where the log in `file` begins: 0, or the position up to which it was cut. */
export function logStart(file: string): number {
  try {
    const start = Number(readFileSync(`${file}.start`, "utf8"));
    return Number.isSafeInteger(start) && start > 0 ? start : 0;
  } catch {
    return 0;
  }
}

/** The position after the first newline at or after `from`, so that a cut log begins with a whole line. */
async function nextLine(file: string, from: number): Promise<number> {
  const handle = await open(file, "r");
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, from);
    const newline = buffer.subarray(0, bytesRead).indexOf(0x0a);
    return newline < 0 ? from : from + newline + 1;
  } finally {
    await handle.close();
  }
}

/** Cuts the log in `file` if it is longer than it may be. */
async function cut(file: string, { keepBytes, maxBytes }: LogLimitOptions): Promise<void> {
  const { size } = await stat(file);
  if (size - logStart(file) <= maxBytes) return;
  const start = await nextLine(file, size - keepBytes);
  // Readers look here first: they must not read what is about to go.
  await writeFile(`${file}.start.tmp`, String(start), { mode: 0o600 });
  await rename(`${file}.start.tmp`, `${file}.start`);
  try {
    await run("fallocate", ["--punch-hole", "--offset", "0", "--length", String(start), file]);
  } catch {
    await truncate(file, 0);
    await rm(`${file}.start`, { force: true });
  }
}

/** Creates the watch; it has a timer only while there are logs to look at. */
export function createLogLimit(options: LogLimitOptions): LogLimit {
  const files = new Map<string, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  const look = (file: string): Promise<void> => {
    // One at a time for each file.
    const next = (files.get(file) ?? Promise.resolve())
      .then(() => cut(file, options))
      .catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") options.log.warn("a container's log could not be cut", { file, error });
      });
    if (files.has(file)) files.set(file, next);
    return next;
  };
  return {
    watch: (file) => {
      files.set(file, Promise.resolve());
      timer ??= setInterval(() => {
        for (const each of files.keys()) void look(each);
      }, options.intervalMs).unref();
      return async () => {
        const last = look(file);
        files.delete(file);
        if (files.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
        await last;
      };
    },
  };
}
