/**
 * Watch: a stream of events from a revision on, with bookmarks. Follows apiserver's watch cache semantics. A watch reads
 * the store until it has caught up, then it is live; a reader that does not keep up is no longer live and reads the store
 * again at its own pace, so that nothing is buffered without end. Compaction ends it with 410 Expired.
 */
import { randomInt } from "node:crypto";
import type { KubeObject } from "../../api/index.ts";
import { apiVersionOf } from "../../api/index.ts";
import { isReason } from "../../lib/errors.ts";
import { tooLargeRevision } from "../object-store/index.ts";
import type { Call } from "./call.ts";
import { parseCount, parseInitialEvents, parseRevision } from "./list-options.ts";
import { parseBool } from "./request-info.ts";
import { fromStored, storageKey } from "./resources.ts";
import { selectorOf } from "./selector.ts";
import { toStatus } from "./status.ts";
import { parseTableFormat } from "./table.ts";
import { encodeLine, formOf, render, toView, type EventView } from "./watch-hub.ts";

const BOOKMARK_INTERVAL_MS = 60_000;
/** kube-apiserver ends watches after 30–60 minutes; clients reconnect. */
const MIN_WATCH_SECONDS = 1800;
const MAX_WATCH_SECONDS = 3600;
/** So much may wait for a reader before its watch goes back to reading the store. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** A stream asks for more when less than this waits. */
const LOW_WATER_BYTES = 64 * 1024;
/** So much is read at once. */
const PAGE = { limit: 500, characters: 512 * 1024 };

interface WatchStart {
  /** Events after this revision follow. */
  readonly revision: number;
  /** Whether the objects of that revision come first. */
  readonly initial: boolean;
  /** Whether a bookmark says where they end. */
  readonly marksEnd: boolean;
}

function parseStart({ parts, url }: Call): WatchStart {
  const wish = parseInitialEvents(url);
  const asked = parseRevision(url.searchParams.get("resourceVersion"));
  const newest = parts.store.revision();
  if (wish === true && asked !== undefined && asked > newest) throw tooLargeRevision(asked, newest);
  const initial = wish ?? (asked === undefined || asked === 0);
  return { revision: initial || asked === undefined || asked === 0 ? newest : asked, initial, marksEnd: wish === true };
}

/** GET with `watch=true`. */
export function watchObjects(call: Call): Response {
  const { parts, resource, target, url, request } = call;
  const { store, hub } = parts;
  const prefix = storageKey(resource, target.namespace);
  const selector = selectorOf(call);
  const form = formOf(resource, parseTableFormat(request.headers.get("accept")), url.searchParams.get("includeObject"));
  const start = parseStart(call);
  const seconds = Math.min(parseCount(url.searchParams, "timeoutSeconds") ?? 0, MAX_WATCH_SECONDS);
  const wantsBookmarks = parseBool(url.searchParams.get("allowWatchBookmarks"));

  /** Everything up to here has been sent or is queued. A watch from the future waits until the future has come. */
  let position = start.revision;
  /** Key after which the next page of initial objects starts; undefined once they are through. */
  let initialAfter: string | undefined = start.initial ? prefix : undefined;
  let withColumns = true;
  let leave: (() => void) | undefined;
  let stop = (): void => {};

  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const bookmarkTimer = setInterval(() => {
          if (wantsBookmarks && initialAfter === undefined) controller.enqueue(bookmark());
        }, BOOKMARK_INTERVAL_MS);
        const end = (): void => {
          // The last bookmark spares the client a list when it comes back.
          if (wantsBookmarks && initialAfter === undefined) controller.enqueue(bookmark());
          stop();
        };
        const deadline = setTimeout(end, (seconds > 0 ? seconds : randomInt(MIN_WATCH_SECONDS, MAX_WATCH_SECONDS)) * 1000);
        const onAbort = (): void => stop();
        stop = () => {
          stop = () => {};
          leave?.();
          clearInterval(bookmarkTimer);
          clearTimeout(deadline);
          request.signal.removeEventListener("abort", onAbort);
          try {
            controller.close();
          } catch {
            // The reader has gone already.
          }
        };
        request.signal.addEventListener("abort", onAbort);
        if (request.signal.aborted) stop();
      },
      pull: (controller) => {
        try {
          if (initialAfter !== undefined) sendInitial(controller);
          if (initialAfter !== undefined) return;
          while (!leave && (controller.desiredSize ?? 0) > 0) catchUp(controller);
        } catch (error) {
          if (!isReason(error, "Expired")) parts.log.error("watch failed", { error });
          controller.enqueue(encodeLine("ERROR", JSON.stringify(toStatus(error))));
          stop();
        }
      },
      cancel: () => stop(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: LOW_WATER_BYTES }),
  );

  function bookmark(annotations?: Record<string, string>): Uint8Array {
    // A live watch has seen everything there is, also when nothing of it was for this kind.
    if (leave) position = Math.max(position, store.revision());
    const metadata = { resourceVersion: String(position), creationTimestamp: null, ...(annotations ? { annotations } : {}) };
    return encodeLine("BOOKMARK", JSON.stringify({ kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }));
  }
  function send(controller: ReadableStreamDefaultController<Uint8Array>, lines: readonly Uint8Array[]): void {
    const [first] = lines;
    if (first) controller.enqueue(lines.length === 1 ? first : Buffer.concat(lines));
  }
  function sendInitial(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const lines: Uint8Array[] = [];
    const page = store.list(prefix, { ...PAGE, at: start.revision, after: initialAfter ?? prefix });
    for (const { key, value, revision } of page.items) {
      if (selector.key !== undefined && selector.key !== key) continue;
      if (!selector.everything && !selector.matches(fromStored<KubeObject>(resource, value, revision))) continue;
      lines.push(encodeLine("ADDED", render(form, value, revision, withColumns)));
      withColumns = false;
    }
    initialAfter = page.next;
    if (initialAfter === undefined && start.marksEnd && wantsBookmarks) lines.push(bookmark({ "k8s.io/initial-events-end": "true" }));
    send(controller, lines);
    // Without a line nothing would ask for the next page.
    if (initialAfter !== undefined && lines.length === 0) sendInitial(controller);
  }
  function linesOf(views: readonly EventView[]): Uint8Array[] {
    const lines: Uint8Array[] = [];
    for (const view of views) {
      if (!view.event.key.startsWith(prefix) || view.event.revision <= position) continue;
      const line = view.line(form, selector, withColumns);
      if (!line) continue;
      lines.push(line);
      withColumns = false;
    }
    return lines;
  }
  /** Sends one page of what the store has after `position`; having read the last one, the watch is live. */
  function catchUp(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const newest = store.revision();
    const { events, isLast } = position < newest ? store.since(prefix, position, PAGE) : { events: [], isLast: true };
    send(controller, linesOf(events.map(toView)));
    position = isLast ? Math.max(position, newest) : (events.at(-1)?.revision ?? position);
    if (!isLast) return;
    const remove = hub.add({
      prefix,
      deliver: (views) => {
        if ((controller.desiredSize ?? 0) < LOW_WATER_BYTES - MAX_QUEUED_BYTES) {
          leave?.();
          return;
        }
        try {
          send(controller, linesOf(views));
        } catch (error) {
          // Only this watch ends; its client comes back and lists.
          parts.log.error("watch failed", { error });
          stop();
        }
        position = Math.max(position, views.at(-1)?.event.revision ?? 0);
      },
    });
    leave = () => {
      leave = undefined;
      remove();
    };
  }
  return new Response(body, { headers: { "content-type": "application/json", "cache-control": "no-cache, private" } });
}
