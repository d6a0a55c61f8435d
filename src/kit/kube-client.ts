/** The client that every component uses: typed verbs over one `KubeFetch`, the same in both modes. */
import { apiVersionOf, type KubeList, type KubeObject, type ResourceDefinition, type Status, type WatchEvent } from "../api/index.ts";
import { isReason, reasonOfStatus, REASON_STATUS, SkiffError, type Reason } from "../lib/errors.ts";

/** The one seam to Kubernetes: in process in embedded mode, bound to a cluster's address and token otherwise. */
export type KubeFetch = (request: Request) => Promise<Response>;

export type Definition<T extends KubeObject> = Pick<ResourceDefinition<T>, "group" | "version" | "kind" | "plural" | "namespaced" | "type">;

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

export type PatchType = "merge" | "strategic-merge" | "json";

export interface DeleteOptions {
  readonly namespace?: string;
  readonly uid?: string;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

export interface KubeClient {
  /** Throws NotFound. */
  get<T extends KubeObject>(definition: Definition<T>, name: string, namespace?: string): Promise<T>;
  find<T extends KubeObject>(definition: Definition<T>, name: string, namespace?: string): Promise<T | undefined>;
  list<T extends KubeObject>(definition: Definition<T>, options?: ListOptions): Promise<KubeList<T>>;
  /** The namespace is the object's own. Throws AlreadyExists. */
  create<T extends KubeObject>(definition: Definition<T>, object: T, subresource?: { name: string; subresource: string }): Promise<T>;
  /** Creates, or reads what is there already. */
  ensure<T extends KubeObject>(definition: Definition<T>, object: T): Promise<T>;
  /** Replaces; throws Conflict when `metadata.resourceVersion` is stale. */
  update<T extends KubeObject>(definition: Definition<T>, object: T, subresource?: string): Promise<T>;
  patch<T extends KubeObject>(
    definition: Definition<T>,
    target: { name: string; namespace?: string; subresource?: string; type?: PatchType },
    patch: unknown,
  ): Promise<T>;
  delete(definition: Definition<KubeObject>, name: string, options?: DeleteOptions): Promise<void>;
  /** Yields events until `signal` aborts or the server closes; throws Expired when the revision is too old. */
  watch<T extends KubeObject>(definition: Definition<T>, options?: WatchOptions): AsyncGenerator<WatchEvent<T>>;
  readonly fetch: KubeFetch;
}

/** Placeholder origin of in-process requests; the handler looks at path and query only. */
export const IN_PROCESS_ORIGIN = "https://kubernetes.default.svc.cluster.local";

const PATCH_TYPES: Record<PatchType, string> = {
  merge: "application/merge-patch+json",
  "strategic-merge": "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
};

/** Reads a failed answer into the error it carries. */
async function toError(response: Response): Promise<SkiffError> {
  const text = await response.text();
  let status: Partial<Status> = {};
  try {
    status = JSON.parse(text) as Partial<Status>;
  } catch {
    status = { message: text };
  }
  const word = status.reason ?? "";
  const reason: Reason = word in REASON_STATUS ? (word as Reason) : reasonOfStatus(response.status);
  return new SkiffError(reason, status.message ?? `HTTP ${response.status}`, status.details ? { details: status.details } : {});
}

/** Splits a stream of newline-delimited JSON into values. */
async function* jsonLines(body: ReadableStream<Uint8Array>): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    let end = rest.indexOf("\n");
    while (end >= 0) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      if (line !== "") yield JSON.parse(line);
      end = rest.indexOf("\n");
    }
  }
}

/** Creates a client on `fetch`; `origin` is the API server's address (only its path matters in process). */
export function createKubeClient(fetch: KubeFetch, origin: string = IN_PROCESS_ORIGIN): KubeClient {
  const urlOf = (definition: Definition<KubeObject>, namespace?: string, name?: string, subresource?: string): URL => {
    const parts = [definition.group === "" ? "/api" : "/apis", apiVersionOf(definition)];
    if (definition.namespaced && namespace !== undefined) parts.push("namespaces", encodeURIComponent(namespace));
    parts.push(definition.plural);
    if (name !== undefined) parts.push(encodeURIComponent(name));
    if (subresource !== undefined) parts.push(subresource);
    return new URL(parts.join("/"), origin);
  };
  const send = async (
    method: string,
    url: URL,
    body?: unknown,
    contentType = "application/json",
    signal?: AbortSignal,
  ): Promise<Response> => {
    const response = await fetch(
      new Request(url, {
        method,
        headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": contentType }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      }),
    );
    if (!response.ok) throw await toError(response);
    return response;
  };
  const json = async <T>(response: Promise<Response>): Promise<T> => (await (await response).json()) as T;
  const applyListOptions = (url: URL, options: ListOptions): URL => {
    if (options.labelSelector) url.searchParams.set("labelSelector", options.labelSelector);
    if (options.fieldSelector) url.searchParams.set("fieldSelector", options.fieldSelector);
    return url;
  };

  const client: KubeClient = {
    fetch,
    get: (definition, name, namespace) => json(send("GET", urlOf(definition, namespace, name))),
    find: async (definition, name, namespace) => {
      try {
        return await client.get(definition, name, namespace);
      } catch (error) {
        if (isReason(error, "NotFound")) return undefined;
        throw error;
      }
    },
    list: (definition, options = {}) => json(send("GET", applyListOptions(urlOf(definition, options.namespace), options))),
    create: (definition, object, sub) =>
      json(send("POST", urlOf(definition, object.metadata?.namespace, sub?.name, sub?.subresource), object)),
    ensure: async (definition, object) => {
      const { name, namespace } = object.metadata;
      const existing = await client.find(definition, name, namespace);
      if (existing) return existing;
      try {
        return await client.create(definition, object);
      } catch (error) {
        if (isReason(error, "AlreadyExists")) return client.get(definition, name, namespace);
        throw error;
      }
    },
    update: (definition, object, subresource) =>
      json(send("PUT", urlOf(definition, object.metadata.namespace, object.metadata.name, subresource), object)),
    patch: (definition, { name, namespace, subresource, type = "merge" }, patch) =>
      json(send("PATCH", urlOf(definition, namespace, name, subresource), patch, PATCH_TYPES[type])),
    delete: async (definition, name, { namespace, uid, propagationPolicy, gracePeriodSeconds } = {}) => {
      const body = {
        kind: "DeleteOptions",
        apiVersion: "v1",
        ...(uid ? { preconditions: { uid } } : {}),
        ...(propagationPolicy ? { propagationPolicy } : {}),
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      };
      await (await send("DELETE", urlOf(definition, namespace, name), body)).body?.cancel();
    },
    watch: async function* <T extends KubeObject>(definition: Definition<T>, options: WatchOptions = {}) {
      const url = applyListOptions(urlOf(definition, options.namespace), options);
      url.searchParams.set("watch", "true");
      url.searchParams.set("allowWatchBookmarks", "true");
      if (options.resourceVersion) url.searchParams.set("resourceVersion", options.resourceVersion);
      const response = await send("GET", url, undefined, undefined, options.signal);
      if (!response.body) return;
      try {
        for await (const line of jsonLines(response.body)) {
          const event = line as WatchEvent<T>;
          if (event.type === "ERROR") {
            const status = event.object as unknown as Status;
            throw new SkiffError(status.code === 410 ? "Expired" : "InternalError", status.message ?? "watch failed");
          }
          yield event;
        }
      } catch (error) {
        if (!options.signal?.aborted) throw error;
      }
    },
  };
  return client;
}
