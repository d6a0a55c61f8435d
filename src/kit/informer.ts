/** A cache of one kind, kept current by list and watch. Follows client-go's reflector: relist on 410, retry with back-off. */
import type { KubeObject } from "../api/index.ts";
import { backoffDelay, delay } from "../lib/backoff.ts";
import { isReason } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { Definition, KubeClient, ListOptions } from "./kube-client.ts";
import type { Loop } from "./component.ts";

export type Change<T> =
  | { readonly type: "upsert"; readonly object: T; readonly previous: T | undefined }
  | { readonly type: "delete"; readonly object: T };

export interface Informer<T extends KubeObject> extends Loop {
  get(name: string, namespace?: string): T | undefined;
  list(namespace?: string): T[];
  /** Calls `listener` for every change from now on, and at once for each object already cached. */
  subscribe(listener: (change: Change<T>) => void): void;
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>;
}

const BACKOFF = { initialMs: 50, maxMs: 10_000 };

const keyOf = (name: string, namespace: string | undefined): string => `${namespace ?? ""}/${name}`;

export interface InformerOptions extends ListOptions {
  /** Every so many milliseconds all cached objects are notified again as unchanged; left out, never. */
  readonly resyncMs?: number;
}

/** A watch that ends sooner than this is a failure: the next one waits. Follows client-go's "very short watch". */
const SHORT_WATCH_MS = 1000;

/** Creates an informer; it is idle until `run` is called. */
export function createInformer<T extends KubeObject>(
  kube: KubeClient,
  definition: Definition<T>,
  log: Log,
  { resyncMs, ...options }: InformerOptions = {},
): Informer<T> {
  const cache = new Map<string, T>();
  const listeners: ((change: Change<T>) => void)[] = [];
  const { promise: synced, resolve: markSynced } = Promise.withResolvers<void>();

  const notify = (change: Change<T>): void => {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        log.error("a listener of an informer failed", { kind: definition.kind, error });
      }
    }
  };
  const upsert = (object: T): void => {
    const key = keyOf(object.metadata.name, object.metadata.namespace);
    const previous = cache.get(key);
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    cache.set(key, object);
    notify({ type: "upsert", object, previous });
  };
  const remove = (key: string, object: T): void => {
    if (cache.delete(key)) notify({ type: "delete", object });
  };
  const relist = async (): Promise<string> => {
    const list = await kube.list(definition, options);
    const seen = new Set<string>();
    for (const item of list.items) {
      seen.add(keyOf(item.metadata.name, item.metadata.namespace));
      upsert(item);
    }
    for (const [key, object] of cache) if (!seen.has(key)) remove(key, object);
    return list.metadata.resourceVersion;
  };
  /** Follows the changes after `from` until the signal aborts. Throws what a watch throws. */
  const follow = async (from: string, signal: AbortSignal, settled: () => void): Promise<void> => {
    let resourceVersion = from;
    for (let short = 0; !signal.aborted;) {
      const started = performance.now();
      for await (const { type, object } of kube.watch(definition, { ...options, resourceVersion, signal })) {
        settled();
        short = 0;
        if (type === "DELETED") remove(keyOf(object.metadata.name, object.metadata.namespace), object);
        else if (type !== "BOOKMARK") upsert(object);
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      }
      if (performance.now() - started >= SHORT_WATCH_MS) settled();
      else await delay(backoffDelay(short++, BACKOFF), signal);
    }
  };
  const resync = (): void => {
    for (const object of cache.values()) notify({ type: "upsert", object, previous: object });
  };

  return {
    name: `informer ${definition.plural}`,
    synced,
    get: (name, namespace) => cache.get(keyOf(name, namespace)),
    list: (namespace) => {
      const all = [...cache.values()];
      return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
    },
    subscribe: (listener) => {
      listeners.push(listener);
      for (const object of cache.values()) listener({ type: "upsert", object, previous: undefined });
    },
    run: async (signal) => {
      const timer = resyncMs === undefined ? undefined : setInterval(resync, resyncMs);
      let failures = 0;
      while (!signal.aborted) {
        try {
          const resourceVersion = await relist();
          markSynced();
          await follow(resourceVersion, signal, () => (failures = 0));
        } catch (error) {
          if (signal.aborted) break;
          // A position that was compacted is nobody's failure, and listing again is its cure.
          if (!isReason(error, "Expired")) log.warn("watch failed, listing again", { kind: definition.kind, error });
          else if (failures === 0) {
            failures = 1;
            continue;
          }
          await delay(backoffDelay(failures++, BACKOFF), signal);
        }
      }
      clearInterval(timer);
    },
  };
}
