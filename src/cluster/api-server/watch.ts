/** Watch: a stream of events from a revision on, with bookmarks. Follows apiserver's watch cache semantics. */
import type { KubeObject, WatchEvent } from "../../api/index.ts";
import { apiVersionOf } from "../../api/index.ts";
import { isReason } from "../../lib/errors.ts";
import type { StoreEvent } from "../object-store/index.ts";
import type { Call } from "./call.ts";
import { toStatus } from "./status.ts";
import { parseBool } from "./request-info.ts";
import { fromStored, storageKey } from "./resources.ts";
import { selectorOf } from "./read.ts";
import { parseTableFormat, toTable } from "./table.ts";

const BOOKMARK_INTERVAL_MS = 60_000;
/** kube-apiserver ends watches after 30–60 minutes; clients reconnect. */
const MAX_WATCH_SECONDS = 3600;
/** A reader that does not keep up is cut off rather than buffered for without end. */
const MAX_QUEUED_LINES = 10_000;

/** Turns a store event into what a watcher with a selector sees: leaving the selection is a deletion. */
function toWatchEvent(call: Call, event: StoreEvent, selects: (object: KubeObject) => boolean): WatchEvent | undefined {
  const read = (value: string): KubeObject => fromStored<KubeObject>(call.resource, value, event.revision);
  const object = read(event.value);
  if (event.type === "delete") return selects(object) ? { type: "DELETED", object } : undefined;
  const before = event.previous === undefined ? undefined : read(event.previous);
  const was = before !== undefined && selects(before);
  if (selects(object)) return { type: was ? "MODIFIED" : "ADDED", object };
  return was ? { type: "DELETED", object } : undefined;
}

/** GET with `watch=true`. */
export function watchObjects(call: Call): Response {
  const { parts, resource, target, url, request } = call;
  const prefix = storageKey(resource, target.namespace);
  const singleName = target.name;
  const base = selectorOf(call);
  const selects = singleName === undefined ? base : (object: KubeObject) => object.metadata.name === singleName && base(object);
  const format = parseTableFormat(request.headers.get("accept"));
  const includeObject = url.searchParams.get("includeObject");
  const from = url.searchParams.get("resourceVersion") ?? "";
  const seconds = Math.min(Number(url.searchParams.get("timeoutSeconds") ?? MAX_WATCH_SECONDS) || MAX_WATCH_SECONDS, MAX_WATCH_SECONDS);
  const bookmarks = parseBool(url.searchParams.get("allowWatchBookmarks"));
  const initialEvents = from === "" || from === "0" || parseBool(url.searchParams.get("sendInitialEvents"));
  const encoder = new TextEncoder();
  let stop = (): void => {};

  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        let withColumns = true;
        let sent = parts.store.revision();
        const write = (event: WatchEvent): void => {
          let { object } = event as { object: unknown };
          if (format && event.type !== "BOOKMARK" && event.type !== "ERROR") {
            const metadata = { resourceVersion: event.object.metadata.resourceVersion };
            object = toTable(resource, [event.object], format, { metadata, withColumns, includeObject, now: Date.now() });
            withColumns = false;
          }
          controller.enqueue(encoder.encode(`${JSON.stringify({ type: event.type, object })}\n`));
          if ((controller.desiredSize ?? 0) < 0) stop();
        };
        const bookmark = (annotations?: Record<string, string>): void => {
          const metadata = { name: "", resourceVersion: String(sent), ...(annotations ? { annotations } : {}) };
          write({ type: "BOOKMARK", object: { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } });
        };
        const forward = (events: readonly StoreEvent[]): void => {
          for (const event of events) {
            if (!event.key.startsWith(prefix)) continue;
            const seen = toWatchEvent(call, event, selects);
            if (seen) write(seen);
          }
          sent = events.at(-1)?.revision ?? sent;
        };
        const unsubscribe = parts.store.subscribe(forward);
        const timer = setInterval(() => bookmarks && bookmark(), BOOKMARK_INTERVAL_MS);
        const deadline = setTimeout(() => stop(), seconds * 1000);
        stop = () => {
          stop = () => {};
          unsubscribe();
          clearInterval(timer);
          clearTimeout(deadline);
          request.signal.removeEventListener("abort", stop);
          try {
            controller.close();
          } catch {
            // The reader has gone already.
          }
        };
        request.signal.addEventListener("abort", () => stop(), { once: true });
        try {
          if (initialEvents) {
            for (const { value, revision } of parts.store.list(prefix).items) {
              const object = fromStored<KubeObject>(resource, value, revision);
              if (selects(object)) write({ type: "ADDED", object });
            }
            if (parseBool(url.searchParams.get("sendInitialEvents"))) bookmark({ "k8s.io/initial-events-end": "true" });
          } else forward(parts.store.since(prefix, Number(from)));
        } catch (error) {
          if (!isReason(error, "Expired")) parts.log.error("watch failed", { error });
          write({ type: "ERROR", object: toStatus(error) as unknown as KubeObject });
          stop();
        }
        if (request.signal.aborted) stop();
      },
      cancel: () => stop(),
    },
    new CountQueuingStrategy({ highWaterMark: MAX_QUEUED_LINES }),
  );
  return new Response(body, { headers: { "content-type": "application/json", "cache-control": "no-cache, private" } });
}
