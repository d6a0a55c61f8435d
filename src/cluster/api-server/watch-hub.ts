/**
 * Hands the events of each commit to the watches that are up to date. An event is looked up, parsed and rendered once
 * per form, however many watch it.
 */
import type { KubeObject, WatchEvent } from "../../api/index.ts";
import { apiVersionOf } from "../../api/index.ts";
import type { ObjectStore, StoreEvent } from "../object-store/index.ts";
import { fromStored, type ServedResource } from "./resources.ts";
import type { Selector } from "./selector.ts";
import { toWireText } from "./stored-text.ts";
import { toTable, type TableFormat } from "./table.ts";

/** How events are written for a watch. Equal `name` means equal bytes. */
export interface WatchForm {
  readonly name: string;
  readonly resource: ServedResource;
  readonly table: TableFormat | undefined;
  readonly includeObject: string | null;
}

/** One event, with everything that has been made of it so far. */
export interface EventView {
  readonly event: StoreEvent;
  /** The line for a watch, or undefined when its selector leaves the event out. */
  line(form: WatchForm, selector: Selector, withColumns: boolean): Uint8Array | undefined;
}

export interface LiveWatch {
  /** Prefix of the keys that are watched. */
  readonly prefix: string;
  /** Called once per commit with its events of the watched kind. */
  deliver(views: readonly EventView[]): void;
}

export interface WatchHub {
  /** Delivers every later commit to `watch`; returns the way to stop. */
  add(watch: LiveWatch): () => void;
}

const encoder = new TextEncoder();

/** The name of a form. */
export function formOf(resource: ServedResource, table: TableFormat | undefined, includeObject: string | null): WatchForm {
  const kind = `${apiVersionOf(resource)} ${resource.kind}`;
  return { name: `${kind} ${table?.apiVersion ?? ""} ${includeObject ?? ""}`, resource, table, includeObject };
}

/** One line of a watch. */
export function encodeLine(type: WatchEvent["type"], object: string): Uint8Array {
  return encoder.encode(`{"type":"${type}","object":${object}}\n`);
}

/** Leaving the selection is a deletion, entering it an addition. Follows apiserver's cacher. */
function seenAs({ event, read }: { event: StoreEvent; read: (value: string) => KubeObject }, selector: Selector) {
  if (selector.key !== undefined && selector.key !== event.key) return undefined;
  if (selector.everything) {
    const type = event.type === "delete" ? "DELETED" : event.created ? "ADDED" : "MODIFIED";
    return { type, value: event.value } as const;
  }
  const was = event.previous !== undefined && selector.matches(read(event.previous));
  if (event.type === "put" && selector.matches(read(event.value))) return { type: was ? "MODIFIED" : "ADDED", value: event.value } as const;
  if (!was) return undefined;
  return { type: "DELETED", value: event.type === "delete" ? event.value : (event.previous ?? event.value) } as const;
}

/** Wraps an event. */
export function toView(event: StoreEvent): EventView {
  const parsed = new Map<string, KubeObject>();
  const lines = new Map<string, Uint8Array>();
  return {
    event,
    line: (form, selector, withColumns) => {
      const read = (value: string): KubeObject => {
        const known = `${form.resource.group}/${form.resource.version} ${value === event.value}`;
        let object = parsed.get(known);
        if (!object) parsed.set(known, (object = fromStored<KubeObject>(form.resource, value, event.revision)));
        return object;
      };
      const seen = seenAs({ event, read }, selector);
      if (!seen) return undefined;
      const name = `${seen.type} ${withColumns} ${seen.value === event.value} ${form.name}`;
      let line = lines.get(name);
      if (!line) lines.set(name, (line = encodeLine(seen.type, render(form, seen.value, event.revision, withColumns))));
      return line;
    },
  };
}

/** The object of an event in the form of a watch. */
export function render({ resource, table, includeObject }: WatchForm, value: string, revision: number, withColumns: boolean): string {
  if (!table) return toWireText(resource, value, revision);
  const object = fromStored<KubeObject>(resource, value, revision);
  const metadata = { resourceVersion: String(revision) };
  return JSON.stringify(toTable(resource, [object], table, { metadata, withColumns, includeObject, now: Date.now() }));
}

/** `/registry/<group>/<plural>/` of a key. */
function rootOf(key: string): string {
  let slash = 0;
  for (let n = 0; n < 3; n++) slash = key.indexOf("/", slash + 1);
  return key.slice(0, slash + 1);
}

/** Creates the hub of `store`. */
export function createWatchHub(store: ObjectStore): WatchHub {
  const watches = new Map<string, Set<LiveWatch>>();
  store.subscribe((events) => {
    const byRoot = new Map<string, EventView[]>();
    for (const event of events) {
      const root = rootOf(event.key);
      if (!watches.has(root)) continue;
      const views = byRoot.get(root);
      if (views) views.push(toView(event));
      else byRoot.set(root, [toView(event)]);
    }
    for (const [root, views] of byRoot) {
      for (const watch of watches.get(root) ?? []) watch.deliver(views);
    }
  });
  return {
    add: (watch) => {
      const root = rootOf(watch.prefix);
      const group = watches.get(root) ?? new Set();
      watches.set(root, group);
      group.add(watch);
      return () => {
        group.delete(watch);
        if (group.size === 0 && watches.get(root) === group) watches.delete(root);
      };
    },
  };
}
