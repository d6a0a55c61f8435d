/**
 * Slows down guessing. Attempts on one account from one address run one after another, so that parallel guesses do not slip
 * past the count, and each failure after the fifth doubles the wait. Memory is bounded.
 */

export type AttemptOutcome = { readonly passed: boolean } | { readonly waitMs: number };

export interface LoginThrottle {
  /** Runs `check` when an attempt may be made; otherwise says how many milliseconds to wait. */
  attempt(account: string, address: string, check: () => Promise<boolean>): Promise<AttemptOutcome>;
}

interface Entry {
  failures: number;
  blockedUntil: number;
  lastFailure: number;
}

const FREE_FAILURES = 5;
const BASE_WAIT_MS = 1_000;
const MAX_WAIT_MS = 5 * 60_000;
const FORGET_AFTER_MS = 15 * 60_000;
/** Attempts that may be under way or waiting from one address: half of what the bcrypt queue holds. */
const PER_ADDRESS = 16;

/** Creates a throttle that remembers at most `capacity` accounts with failures; the oldest are forgotten first. */
export function createLoginThrottle(capacity = 10_000, now: () => number = Date.now): LoginThrottle {
  const entries = new Map<string, Entry>();
  const tails = new Map<string, Promise<unknown>>();
  const underWay = new Map<string, number>();

  const find = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (!entry || now() - entry.lastFailure <= FORGET_AFTER_MS) return entry;
    entries.delete(key);
    return undefined;
  };
  const recordFailure = (key: string): void => {
    const failures = (find(key)?.failures ?? 0) + 1;
    const wait = failures < FREE_FAILURES ? 0 : Math.min(MAX_WAIT_MS, BASE_WAIT_MS * 2 ** (failures - FREE_FAILURES));
    entries.delete(key);
    entries.set(key, { failures, blockedUntil: now() + wait, lastFailure: now() });
    const oldest = entries.keys().next();
    if (entries.size > capacity && !oldest.done) entries.delete(oldest.value);
  };
  const decide = async (key: string, check: () => Promise<boolean>): Promise<AttemptOutcome> => {
    const waitMs = (find(key)?.blockedUntil ?? 0) - now();
    if (waitMs > 0) return { waitMs };
    const passed = await check();
    if (passed) entries.delete(key);
    else recordFailure(key);
    return { passed };
  };
  return {
    attempt: async (account, address, check) => {
      const key = JSON.stringify([account.slice(0, 320).toLowerCase(), address]);
      const count = underWay.get(address) ?? 0;
      if (count >= PER_ADDRESS) return { waitMs: BASE_WAIT_MS };
      underWay.set(address, count + 1);
      const outcome = (tails.get(key) ?? Promise.resolve()).then(() => decide(key, check));
      const tail = outcome.catch(() => undefined);
      tails.set(key, tail);
      try {
        return await outcome;
      } finally {
        if (tails.get(key) === tail) tails.delete(key);
        const left = (underWay.get(address) ?? 1) - 1;
        if (left > 0) underWay.set(address, left);
        else underWay.delete(address);
      }
    },
  };
}
