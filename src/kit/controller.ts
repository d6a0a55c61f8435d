/** The reconcile queue: level-based, one worker per key at a time, errors retried with back-off. Follows controller-runtime. */
import { backoffDelay } from "../lib/backoff.ts";
import { isReason } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { Loop } from "./component.ts";

export interface ReconcileResult {
  /** Ask to be called again after so many milliseconds. */
  readonly requeueAfterMs?: number;
}

export interface ControllerOptions {
  readonly name: string;
  readonly log: Log;
  readonly concurrency?: number;
  /** Brings the world of `key` to its desired state. Errors mean "again, later". */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<ReconcileResult | undefined | void>;
}

export interface Controller extends Loop {
  /** Asks for `key` to be reconciled soon; many calls before it runs are one. */
  enqueue(key: string, afterMs?: number): void;
}

/** Creates a controller; keys may be enqueued before it runs. */
export function createController({ name, log, concurrency = 4, reconcile }: ControllerOptions): Controller {
  const ready = new Set<string>();
  const active = new Set<string>();
  const dirty = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();
  const failures = new Map<string, number>();
  let running: AbortSignal | undefined;
  let idle: (() => void) | undefined;

  const enqueue = (key: string, afterMs = 0): void => {
    if (afterMs > 0) {
      // Among wishes for later the newest counts; an immediate one goes straight to the queue below.
      clearTimeout(timers.get(key));
      timers.set(
        key,
        setTimeout(() => {
          timers.delete(key);
          enqueue(key);
        }, afterMs),
      );
      return;
    }
    if (active.has(key)) dirty.add(key);
    else ready.add(key);
    pump();
  };

  const settle = (key: string): void => {
    active.delete(key);
    if (dirty.delete(key)) ready.add(key);
    if (active.size === 0) idle?.();
    pump();
  };

  const work = async (key: string, signal: AbortSignal): Promise<void> => {
    try {
      const result = await reconcile(key, signal);
      failures.delete(key);
      if (result?.requeueAfterMs !== undefined) enqueue(key, result.requeueAfterMs);
    } catch (error) {
      if (signal.aborted) return;
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      // A conflict is the normal answer to a stale cache; it is not worth a line.
      if (!isReason(error, "Conflict")) log.warn("reconcile failed, will retry", { controller: name, key, error });
      enqueue(key, backoffDelay(count, { initialMs: 20, maxMs: 60_000 }));
    }
  };

  const pump = (): void => {
    if (!running || running.aborted) return;
    for (const key of ready) {
      if (active.size >= concurrency) return;
      ready.delete(key);
      active.add(key);
      void work(key, running).finally(() => settle(key));
    }
  };

  return {
    name,
    enqueue,
    run: async (signal) => {
      running = signal;
      pump();
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      if (active.size > 0) await new Promise<void>((resolve) => (idle = resolve));
    },
  };
}
