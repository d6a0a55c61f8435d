/** Get and list of stored objects, as JSON or as a Table. */
import type { KubeObject } from "../../api/index.ts";
import { apiVersionOf } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { matchesFields, parseFieldSelector, parseLabelSelector } from "../../lib/selectors.ts";
import type { Call } from "./call.ts";
import { fromStored, storageKey } from "./resources.ts";
import { parseTableFormat, toTable } from "./table.ts";
import { notFound } from "./write.ts";

/** Reads one object. Throws NotFound. */
export function getObject<T extends KubeObject>({ parts, resource, target }: Pick<Call, "parts" | "resource" | "target">): T {
  const stored = parts.store.get(storageKey(resource, target.namespace, target.name));
  if (!stored) throw notFound({ resource, target });
  return fromStored<T>(resource, stored.value, stored.revision);
}

/** Answers with an object in the form the client accepts. */
export function answerObject(call: Call, object: KubeObject, status = 200): Response {
  const format = parseTableFormat(call.request.headers.get("accept"));
  if (!format) return Response.json(object, { status });
  const table = toTable(call.resource, [object], format, {
    metadata: { resourceVersion: object.metadata.resourceVersion },
    withColumns: true,
    includeObject: call.url.searchParams.get("includeObject"),
    now: Date.now(),
  });
  return Response.json(table, { status });
}

/** True for objects that the request's selectors let through. */
export function selectorOf({ url }: Pick<Call, "url">): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(url.searchParams.get("labelSelector"));
  const fields = parseFieldSelector(url.searchParams.get("fieldSelector"));
  return (object) => labels(object.metadata.labels ?? {}) && matchesFields(object, fields);
}

interface ContinueToken {
  readonly after: string;
}

function parseContinue(text: string | null, prefix: string): ContinueToken | undefined {
  if (text === null || text === "") return undefined;
  try {
    const { after } = JSON.parse(Buffer.from(text, "base64url").toString()) as Partial<ContinueToken>;
    if (typeof after === "string" && after.startsWith(prefix)) return { after };
  } catch {
    // falls through to the refusal
  }
  throw new SkiffError("BadRequest", "continue key is not valid");
}

/** GET of a list, with selectors and paging. */
export function listObjects(call: Call): Response {
  const { parts, resource, target, url, request } = call;
  const prefix = storageKey(resource, target.namespace);
  const selects = selectorOf(call);
  const limit = Number(url.searchParams.get("limit") ?? "0");
  const token = parseContinue(url.searchParams.get("continue"), prefix);
  const page = parts.store.list(prefix, {
    ...(limit > 0 ? { limit } : {}),
    ...(token ? { after: token.after } : {}),
  });
  const items = page.items.map(({ value, revision }) => fromStored<KubeObject>(resource, value, revision)).filter(selects);
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.next === undefined
      ? {}
      : { continue: Buffer.from(JSON.stringify({ after: page.next })).toString("base64url"), remainingItemCount: page.remaining }),
  };
  const format = parseTableFormat(request.headers.get("accept"));
  if (format) {
    const includeObject = url.searchParams.get("includeObject");
    return Response.json(toTable(resource, items, format, { metadata, withColumns: true, includeObject, now: Date.now() }));
  }
  return Response.json({ kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items });
}
