/** Bounds how much is worked on at once: so many run, so many wait their turn, the rest is refused. */
import { SkiffError } from "../lib/errors.ts";

export interface InFlightLimit {
  /** Runs `work` when its turn comes. Throws TooManyRequests when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Creates a limit of `running` at once and `waiting` behind them. */
export function createInFlightLimit({ running, waiting }: { readonly running: number; readonly waiting: number }): InFlightLimit {
  let active = 0;
  const queue: (() => void)[] = [];
  return {
    run: async (work) => {
      if (active >= running) {
        // kube-apiserver says the same (MaxInFlightLimit).
        if (queue.length >= waiting) throw new SkiffError("TooManyRequests", "Too many requests, please try again later.");
        // Whoever leaves hands the place over, so that nobody overtakes.
        await new Promise<void>((resolve) => queue.push(resolve));
      } else active++;
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next) next();
        else active--;
      }
    },
  };
}
