/** bcrypt off the event loop: one thread that starts with the first task and ends after a quiet minute; its queue is bounded. */
import { Worker } from "node:worker_threads";
import { SkiffError } from "../../lib/errors.ts";
import type { PasswordResult, PasswordTask } from "./password-worker.ts";

export interface Passwords {
  /** Throws TooManyRequests when the queue is full. */
  compare(password: string, hash: string): Promise<boolean>;
  hash(password: string): Promise<string>;
  close(): Promise<void>;
}

/** Cost of the hashes that Skiff makes itself: Dex's minimum, since those passwords are random. */
const COST = 10;
const QUIET_MS = 60_000;

// TypeScript rewrites import specifiers, not URLs: this file's own ending says which one exists.
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./password-worker.ts" : "./password-worker.js", import.meta.url);

interface Waiter {
  readonly resolve: (value: boolean | string) => void;
  readonly reject: (error: unknown) => void;
}

/** Creates the thread's front; at most `capacity` tasks wait. */
export function createPasswords(capacity = 32): Passwords {
  const waiting = new Map<number, Waiter>();
  let worker: Worker | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let counter = 0;

  const stop = async (): Promise<void> => {
    clearTimeout(quiet);
    const ending = worker;
    worker = undefined;
    await ending?.terminate();
  };
  const failAll = (error: unknown): void => {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const startWorker = (): Worker => {
    const started = new Worker(WORKER);
    started.unref();
    started.on("message", ({ id, value }: PasswordResult) => {
      waiting.get(id)?.resolve(value);
      waiting.delete(id);
      if (waiting.size > 0) return;
      quiet = setTimeout(() => void stop(), QUIET_MS);
      quiet.unref();
    });
    started.on("error", failAll);
    return started;
  };
  type Work = PasswordTask extends infer Task ? (Task extends PasswordTask ? Omit<Task, "id"> : never) : never;
  const run = (work: Work): Promise<boolean | string> => {
    if (waiting.size >= capacity) throw new SkiffError("TooManyRequests", "too many logins at once", { remedy: "Try again in a moment." });
    clearTimeout(quiet);
    worker ??= startWorker();
    const id = counter++;
    const { promise, resolve, reject } = Promise.withResolvers<boolean | string>();
    waiting.set(id, { resolve, reject });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage({ ...work, id });
    return promise;
  };
  return {
    compare: async (password, hash) => (await run({ kind: "compare", password, hash })) === true,
    hash: async (password) => String(await run({ kind: "hash", password, cost: COST })),
    close: async () => {
      await stop();
      failAll(new SkiffError("ServiceUnavailable", "shutting down"));
    },
  };
}
