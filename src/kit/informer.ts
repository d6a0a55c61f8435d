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

const keyOf = (name: string, namespace: string | undefined): string => `${namespace ?? ""}/${name}`;

/** Creates an informer; it is idle until `run` is called. */
export function createInformer<T extends KubeObject>(
  kube: KubeClient,
  definition: Definition<T>,
  log: Log,
  options: ListOptions = {},
): Informer<T> {
  const cache = new Map<string, T>();
  const listeners: ((change: Change<T>) => void)[] = [];
  const { promise: synced, resolve: markSynced } = Promise.withResolvers<void>();

  const notify = (change: Change<T>): void => {
    for (const listener of listeners) listener(change);
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
  const follow = async (from: string, signal: AbortSignal): Promise<void> => {
    let resourceVersion = from;
    while (!signal.aborted) {
      for await (const { type, object } of kube.watch(definition, { ...options, resourceVersion, signal })) {
        if (type === "DELETED") remove(keyOf(object.metadata.name, object.metadata.namespace), object);
        else if (type !== "BOOKMARK") upsert(object);
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
      }
    }
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
      for (let failures = 0; !signal.aborted;) {
        try {
          const resourceVersion = await relist();
          markSynced();
          failures = 0;
          await follow(resourceVersion, signal);
        } catch (error) {
          if (signal.aborted) return;
          if (isReason(error, "Expired")) continue;
          log.warn("watch failed, listing again", { kind: definition.kind, error });
          await delay(backoffDelay(failures++, { initialMs: 50, maxMs: 10_000 }), signal);
        }
      }
    },
  };
}
