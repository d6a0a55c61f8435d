/** Get and list of stored objects, as JSON or as a Table. */
import type { KubeObject } from "../../api/index.ts";
import { apiVersionOf } from "../../api/index.ts";
import { toJsonResponse } from "../../kit/index.ts";
import { isReason } from "../../lib/errors.ts";
import { tooLargeRevision, type StoredObject } from "../object-store/index.ts";
import type { Call } from "./call.ts";
import { encodeContinue, parseListRequest, parseRevision, type ListRequest } from "./list-options.ts";
import { fromStored, storageKey } from "./resources.ts";
import { selectorOf, type Selector } from "./selector.ts";
import { toStatus } from "./status.ts";
import { toWireText } from "./stored-text.ts";
import { parseTableFormat, toTable } from "./table.ts";
import { notFound } from "./object-state.ts";

/** How many stored objects are looked at between two looks at the limit. */
const PAGE = { limit: 500, characters: 4 * 1024 * 1024 };

/** Reads one object. Throws NotFound, or Timeout when the revision asked for does not exist yet. */
export function getObject<T extends KubeObject>({
  parts,
  resource,
  target,
  url,
}: Pick<Call, "parts" | "resource" | "target"> & Partial<Pick<Call, "url">>): T {
  checkNotFuture(parts, parseRevision(url?.searchParams.get("resourceVersion") ?? null));
  const stored = parts.store.get(storageKey(resource, target.namespace, target.name));
  if (!stored) throw notFound({ resource, target });
  return fromStored<T>(resource, stored.value, stored.revision);
}

function checkNotFuture({ store }: Call["parts"], revision: number | undefined): void {
  if (revision !== undefined && revision > store.revision()) throw tooLargeRevision(revision, store.revision());
}

/** Answers with an object in the form the client accepts. */
export function answerObject(call: Call, object: KubeObject, status = 200): Response {
  const format = parseTableFormat(call.request.headers.get("accept"));
  if (!format) return toJsonResponse(JSON.stringify(object), status);
  const table = toTable(call.resource, [object], format, {
    metadata: { resourceVersion: object.metadata.resourceVersion },
    withColumns: true,
    includeObject: call.url.searchParams.get("includeObject"),
    now: Date.now(),
  });
  return Response.json(table, { status });
}

interface Selected {
  readonly items: StoredObject[];
  readonly revision: number;
  /** Key after which the next page starts. */
  readonly next: string | undefined;
}

/** The objects of one page. With a selector, as many stored pages are read as it takes to fill it. */
function select(call: Call, selector: Selector, { limit, token, revision, exact }: ListRequest): Selected {
  const { parts, resource, target } = call;
  const { store } = parts;
  const prefix = storageKey(resource, target.namespace);
  checkNotFuture(parts, revision);
  const fixed = token && token.revision > 0 ? token.revision : exact ? revision : undefined;
  const at = fixed ?? store.revision();
  let after = token ? prefix + token.after : undefined;
  if (selector.everything && selector.key === undefined) {
    return store.list(prefix, { at, ...(limit === undefined ? {} : { limit }), ...(after === undefined ? {} : { after }) });
  }
  const read = ({ value, revision }: StoredObject): KubeObject => fromStored<KubeObject>(resource, value, revision);
  if (selector.key !== undefined && fixed === undefined) {
    const only = store.get(selector.key);
    return { items: only && selector.matches(read(only)) ? [only] : [], revision: at, next: undefined };
  }
  const items: StoredObject[] = [];
  for (;;) {
    const page = store.list(prefix, { ...PAGE, at, ...(after === undefined ? {} : { after }) });
    for (const [index, stored] of page.items.entries()) {
      if (!selector.matches(read(stored))) continue;
      items.push(stored);
      const isLast = page.next === undefined && index === page.items.length - 1;
      if (items.length === limit) return { items, revision: at, next: isLast ? undefined : stored.key };
    }
    if (page.next === undefined) return { items, revision: at, next: undefined };
    after = page.next;
  }
}

/** The 410 for a token whose revision was compacted: it carries a token that continues at the newest state. */
function answerExpiredToken(error: unknown, after: string): Response {
  const status = toStatus(error);
  return Response.json(
    {
      ...status,
      metadata: { continue: encodeContinue({ revision: -1, after }) },
      message:
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    },
    { status: status.code },
  );
}

/** GET of a list, with selectors, paging and revisions. */
export function listObjects(call: Call): Response {
  const { parts, resource, target, url, request } = call;
  const selector = selectorOf(call);
  const wish = parseListRequest(url);
  let page: Selected;
  try {
    page = select(call, selector, wish);
  } catch (error) {
    if (wish.token && isReason(error, "Expired")) return answerExpiredToken(error, wish.token.after);
    throw error;
  }
  const prefix = storageKey(resource, target.namespace);
  // With selectors apiserver does not know how many are left either.
  const remaining = page.next !== undefined && selector.everything ? parts.store.count(prefix, { at: page.revision, after: page.next }) : 0;
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.next === undefined ? {} : { continue: encodeContinue({ revision: page.revision, after: page.next.slice(prefix.length) }) }),
    ...(remaining > 0 ? { remainingItemCount: remaining } : {}),
  };
  const format = parseTableFormat(request.headers.get("accept"));
  if (format) {
    const objects = page.items.map(({ value, revision }) => fromStored<KubeObject>(resource, value, revision));
    const includeObject = url.searchParams.get("includeObject");
    return Response.json(toTable(resource, objects, format, { metadata, withColumns: true, includeObject, now: Date.now() }));
  }
  const head = JSON.stringify({ kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata });
  const items = page.items.map(({ value, revision }) => toWireText(resource, value, revision)).join(",");
  return toJsonResponse(`${head.slice(0, -1)},"items":[${items}]}`);
}
