/** What the object store promises: revisions, snapshots, shared commits, events in order. */

export interface StoredObject {
  readonly key: string;
  readonly revision: number;
  /** JSON text of the object. */
  readonly value: string;
}

export interface StoreEvent {
  readonly type: "put" | "delete";
  readonly key: string;
  readonly revision: number;
  readonly created: boolean;
  /** The object after a put; for a delete its last state. */
  readonly value: string;
  /** The object before, when there was one. */
  readonly previous: string | undefined;
}

/** The view of one mutation: reads see the writes of the same commit. */
export interface Transaction {
  get(key: string): StoredObject | undefined;
  list(prefix: string): StoredObject[];
  /** Stores the next state of `key` and returns its revision. */
  put(key: string, value: string): number;
  /** Deletes `key`; `value` is its last state. Returns the revision of the deletion. */
  delete(key: string, value: string): number;
}

export interface Bounds {
  /** At most so many. */
  readonly limit?: number;
  /** Enough when their texts have so many characters together. */
  readonly characters?: number;
}

export interface PageOptions extends Bounds {
  /** Only keys behind this one. */
  readonly after?: string;
  /** The state as of this revision; the newest when left out. */
  readonly at?: number;
}

export interface EventPage {
  readonly events: StoreEvent[];
  /** True when nothing is left behind the last one. */
  readonly isLast: boolean;
}

export interface ListPage {
  readonly items: StoredObject[];
  /** Revision the page was read at. */
  readonly revision: number;
  /** Key after which the next page starts. */
  readonly next: string | undefined;
}

export interface ObjectStore {
  /**
   * Runs `mutation` in the next group commit; resolves once it is durable. What it throws rejects this call only and
   * undoes its writes. Rejects with InsufficientStorage when the disk is full; reads go on then.
   */
  transact<T>(mutation: (transaction: Transaction) => T): Promise<T>;
  get(key: string): StoredObject | undefined;
  /** Objects in order of their keys. Throws Expired when `at` was compacted away, Timeout when it is in the future. */
  list(prefix: string, page?: PageOptions): ListPage;
  /** How many objects `list` would give without its limit. */
  count(prefix: string, page?: Omit<PageOptions, keyof Bounds>): number;
  /** The newest revision. */
  revision(): number;
  /** Events after `revision` under `prefix`, the oldest within `bounds`. Throws Expired when they were compacted away. */
  since(prefix: string, revision: number, bounds?: Bounds): EventPage;
  /** Calls `listener` after each commit, in order of revision; returns the way to stop. */
  subscribe(listener: (events: readonly StoreEvent[]) => void): () => void;
  /** Forgets superseded revisions older than the kept window; commits do the same bit by bit. */
  compact(): void;
  close(): void;
}
