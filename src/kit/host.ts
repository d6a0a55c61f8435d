/** The lifecycle: parts start in order, loops run under one signal, everything stops in reverse. */
import { SkiffError, messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { Loop } from "./component.ts";

export interface Part {
  readonly name: string;
  readonly loops?: readonly Loop[];
  start?(): Promise<void>;
  stop?(): Promise<void>;
}

export interface Host {
  /** Starts every part; a failure names the culprit and stops what had started. */
  start(): Promise<void>;
  /** Ends the loops, waits up to the grace period, stops the parts in reverse order. Throws AggregateError. */
  stop(): Promise<void>;
  /** Rejects when a loop dies while the host runs. */
  readonly failed: Promise<never>;
}

/** Creates a host over `parts`; `graceMs` bounds the wait for loops at the end. */
export function createHost(parts: readonly Part[], log: Log, graceMs = 10_000): Host {
  const abort = new AbortController();
  const started: Part[] = [];
  const running: Promise<void>[] = [];
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  // Whoever awaits `failed` hears of it; nobody awaiting must not crash the process.
  failed.catch(() => {});

  const runLoop = async (part: Part, loop: Loop): Promise<void> => {
    try {
      await loop.run(abort.signal);
      if (!abort.signal.aborted) throw new SkiffError("InternalError", "ended early");
    } catch (error) {
      if (abort.signal.aborted) return;
      log.error("loop died", { part: part.name, loop: loop.name, error });
      fail(new SkiffError("InternalError", `${part.name}: ${loop.name}: ${messageOf(error)}`, { cause: error }));
    }
  };

  const stop = async (): Promise<void> => {
    abort.abort();
    const faults: unknown[] = [];
    const grace = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), graceMs).unref());
    if ((await Promise.race([Promise.allSettled(running), grace])) === "late")
      faults.push(new Error(`loops still ran after ${graceMs} ms`));
    for (const part of started.splice(0).toReversed()) {
      try {
        await part.stop?.();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw new AggregateError(faults, `stopping failed: ${faults.map(messageOf).join("; ")}`);
  };

  return {
    failed,
    stop,
    start: async () => {
      for (const part of parts) {
        try {
          await part.start?.();
          started.push(part);
          for (const loop of part.loops ?? []) running.push(runLoop(part, loop));
        } catch (error) {
          await stop().catch((second: unknown) => log.error("stopping after a failed start failed too", { error: second }));
          if (error instanceof SkiffError) throw error;
          throw new SkiffError("InternalError", `${part.name} did not start: ${messageOf(error)}`, { cause: error });
        }
      }
    },
  };
}
