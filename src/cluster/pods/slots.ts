/** A bound on how many do something at once; the others wait in line. */

export interface Slots {
  /** Takes a slot if one is free, and returns what gives it back. Calling that twice is harmless. */
  tryTake(): (() => void) | undefined;
  /** Takes a slot, however many are taken: for what is there already. */
  take(): () => void;
  /** Waits for a slot; undefined when `signal` aborts first. */
  wait(signal: AbortSignal): Promise<(() => void) | undefined>;
}

/** Creates `limit` slots, given out first come, first served. */
export function createSlots(limit: number): Slots {
  const waiting = new Set<() => void>();
  let taken = 0;
  const take = (): (() => void) => {
    taken++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      taken--;
      if (taken >= limit) return;
      const [next] = waiting;
      next?.();
    };
  };
  const tryTake = (): (() => void) | undefined => (taken < limit && waiting.size === 0 ? take() : undefined);
  return {
    take,
    tryTake,
    wait: (signal) => {
      const free = tryTake();
      if (free) return Promise.resolve(free);
      if (signal.aborted) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const giveUp = (): void => {
          waiting.delete(next);
          resolve(undefined);
        };
        const next = (): void => {
          waiting.delete(next);
          signal.removeEventListener("abort", giveUp);
          resolve(take());
        };
        waiting.add(next);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    },
  };
}
