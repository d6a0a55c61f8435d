/** Slows down guessing: failures are counted per account and address, in bounded memory. */

export interface LoginThrottle {
  /** Milliseconds to wait before the next attempt may be made; 0 when it may be made now. */
  waitMs(account: string, address: string): number;
  failed(account: string, address: string): void;
  succeeded(account: string, address: string): void;
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

/** Creates a throttle that remembers at most `capacity` pairs; the oldest are forgotten first. */
export function createLoginThrottle(capacity = 10_000, now: () => number = Date.now): LoginThrottle {
  const entries = new Map<string, Entry>();
  const keyOf = (account: string, address: string): string => JSON.stringify([account.slice(0, 320).toLowerCase(), address]);
  const find = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (!entry || now() - entry.lastFailure <= FORGET_AFTER_MS) return entry;
    entries.delete(key);
    return undefined;
  };
  return {
    waitMs: (account, address) => Math.max(0, (find(keyOf(account, address))?.blockedUntil ?? 0) - now()),
    failed: (account, address) => {
      const key = keyOf(account, address);
      const failures = (find(key)?.failures ?? 0) + 1;
      const wait = failures < FREE_FAILURES ? 0 : Math.min(MAX_WAIT_MS, BASE_WAIT_MS * 2 ** (failures - FREE_FAILURES));
      entries.delete(key);
      entries.set(key, { failures, blockedUntil: now() + wait, lastFailure: now() });
      const oldest = entries.keys().next();
      if (entries.size > capacity && !oldest.done) entries.delete(oldest.value);
    },
    succeeded: (account, address) => {
      entries.delete(keyOf(account, address));
    },
  };
}
