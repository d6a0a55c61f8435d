/** Reading through the API's handlers over a real store in a temporary folder; writing goes straight to the store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONFIG_MAPS, type ConfigMap } from "../../src/api/index.ts";
import { createLog } from "../../src/lib/log.ts";
import { openObjectStore, type ObjectStore } from "../../src/cluster/object-store/index.ts";
import type { ApiServerParts, Call } from "../../src/cluster/api-server/call.ts";
import { listObjects } from "../../src/cluster/api-server/read.ts";
import { storageKey } from "../../src/cluster/api-server/resources.ts";
import { createWatchHub, type WatchHub } from "../../src/cluster/api-server/watch-hub.ts";
import { watchObjects } from "../../src/cluster/api-server/watch.ts";

export interface SeenEvent {
  readonly type: string;
  readonly object: ConfigMap;
}

export interface OpenWatch {
  /** The next event; undefined when the watch has ended. */
  next(): Promise<SeenEvent | undefined>;
  /** The next `count` events. */
  take(count: number): Promise<SeenEvent[]>;
  stop(): void;
}

export interface ReadFixture {
  readonly store: ObjectStore;
  put(name: string, value: string, labels?: Record<string, string>, namespace?: string): Promise<number>;
  remove(name: string, namespace?: string): Promise<number>;
  list(query: string, accept?: string): Promise<{ status: number; body: ListBody }>;
  watch(query: string, options?: { name?: string; accept?: string }): OpenWatch;
  /** Closes the store and opens it again, as a restart does. */
  restart(): void;
  close(): void;
}

export interface ListBody {
  readonly items: ConfigMap[];
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  readonly reason?: string;
  readonly message?: string;
}

const RESOURCE = { ...CONFIG_MAPS, custom: false };

async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<SeenEvent> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as SeenEvent;
  }
}

/** Opens the fixture; `keptRevisions` as in the store. */
export function openReadFixture(keptRevisions = 20_000): ReadFixture {
  const folder = mkdtempSync(join(tmpdir(), "skiff-read-"));
  const file = join(folder, "objects.db");
  const log = createLog({ level: "error" });
  let store = openObjectStore(file, { keptRevisions });
  let hub: WatchHub = createWatchHub(store);
  const callOf = (query: string, { name, accept = "application/json" }: { name?: string; accept?: string }, signal?: AbortSignal): Call => {
    const url = new URL(`https://in-process/api/v1/namespaces/default/configmaps?${query}`);
    return {
      // Reading needs no more parts than these.
      parts: { store, hub, log } as ApiServerParts,
      request: new Request(url, { headers: { accept }, ...(signal ? { signal } : {}) }),
      url,
      user: { username: "tester", groups: [] },
      resource: RESOURCE,
      target: { group: "", version: "v1", plural: "configmaps", namespace: "default", name, subresource: undefined },
    };
  };
  const textOf = (name: string, namespace: string, value: string, labels: Record<string, string>): string =>
    JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels }, data: { value } });
  return {
    get store() {
      return store;
    },
    put: (name, value, labels = {}, namespace = "default") =>
      store.transact((tx) => tx.put(storageKey(RESOURCE, namespace, name), textOf(name, namespace, value, labels))),
    remove: (name, namespace = "default") =>
      store.transact((tx) => {
        const key = storageKey(RESOURCE, namespace, name);
        return tx.delete(key, tx.get(key)?.value ?? "");
      }),
    list: async (query, accept) => {
      const response = listObjects(callOf(query, accept === undefined ? {} : { accept }));
      return { status: response.status, body: (await response.json()) as ListBody };
    },
    watch: (query, options = {}) => {
      const aborter = new AbortController();
      const { body } = watchObjects(callOf(query, options, aborter.signal));
      const lines = readLines(body ?? new ReadableStream());
      const next = async (): Promise<SeenEvent | undefined> => (await lines.next()).value as SeenEvent | undefined;
      return {
        next,
        take: async (count) => {
          const events: SeenEvent[] = [];
          for (let event = await next(); event; event = await next()) {
            events.push(event);
            if (events.length === count) break;
          }
          return events;
        },
        stop: () => aborter.abort(),
      };
    },
    restart: () => {
      store.close();
      store = openObjectStore(file, { keptRevisions });
      hub = createWatchHub(store);
    },
    close: () => {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
