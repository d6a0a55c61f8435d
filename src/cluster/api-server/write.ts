/** Create, update, patch and delete of stored objects: each one transaction that checks, admits and writes. */
import type { KubeObject, Namespace, Pod } from "../../api/index.ts";
import { apiVersionOf, groupResourceOf } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { newUid, randomSuffix } from "../../lib/ids.ts";
import { isObject, jsonEqual } from "../../lib/json.ts";
import { parseFieldSelector, matchesFields, parseLabelSelector } from "../../lib/selectors.ts";
import type { StoredObject, Transaction } from "../object-store/index.ts";
import { mediaType, readBody, readObject } from "./body.ts";
import type { Call } from "./call.ts";
import { applyPatch } from "./patch.ts";
import { fromStored, storageKey } from "./resources.ts";
import { validateObject } from "./validation.ts";

/** RFC 3339 with seconds, as metav1.Time prints. */
function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

export function notFound({ resource, target }: Pick<Call, "resource" | "target">): SkiffError {
  const kind = groupResourceOf(resource);
  return new SkiffError("NotFound", `${kind} "${target.name}" not found`, {
    details: { name: target.name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural },
  });
}

function conflict({ resource, target }: Call): SkiffError {
  return new SkiffError(
    "Conflict",
    `Operation cannot be fulfilled on ${groupResourceOf(resource)} "${target.name}": the object has been modified; please apply your changes to the latest version and try again`,
    { details: { name: target.name, group: resource.group, kind: resource.plural } },
  );
}

function isDryRun({ url }: Call): boolean {
  return url.searchParams.getAll("dryRun").includes("All");
}

/** The text that is stored: the revision lives in the key, not in the value. */
function serialize(object: KubeObject): string {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return JSON.stringify({ ...object, metadata });
}

/** Stores (unless it is a dry run) and returns the object as the client sees it. */
function store(call: Call, transaction: Transaction, key: string, object: KubeObject): KubeObject {
  if (isDryRun(call)) return object;
  const revision = transaction.put(key, serialize(object));
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function admit(call: Call, transaction: Transaction, operation: "create" | "update", object: KubeObject): void {
  for (const step of call.parts.admission) step.admit({ operation, resource: call.resource, object, transaction });
}

/** POST of a new object. Throws AlreadyExists, Invalid, Forbidden (admission). */
export async function createObject(call: Call): Promise<KubeObject> {
  const { resource, target } = call;
  const object = (await readObject(call.request)) as unknown as KubeObject;
  object.apiVersion ??= apiVersionOf(resource);
  object.kind ??= resource.kind;
  if (!isObject(object.metadata)) object.metadata = { name: "" };
  const meta = object.metadata;
  const namespace = resource.namespaced ? target.namespace : undefined;
  if (resource.namespaced && meta.namespace !== undefined && meta.namespace !== "" && meta.namespace !== namespace) {
    throw new SkiffError("BadRequest", `the namespace of the provided object does not match the namespace sent on the request`);
  }
  if ((meta.name ?? "") === "" && meta.generateName) meta.name = meta.generateName + randomSuffix();
  if (typeof meta.name !== "string" || meta.name === "") {
    throw new SkiffError("Invalid", `${resource.kind} "" is invalid: metadata.name: Required value: name or generateName is required`);
  }
  for (const field of ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) delete meta[field];
  meta.uid = newUid();
  meta.creationTimestamp = timestamp();
  if (namespace !== undefined) meta.namespace = namespace;
  if (resource.subresources?.includes("status")) {
    meta.generation = 1;
    delete (object as { status?: unknown }).status;
  }
  validateObject(resource, object);
  const key = storageKey(resource, namespace, meta.name);
  return call.parts.store.transact((transaction) => {
    if (transaction.get(key)) {
      throw new SkiffError("AlreadyExists", `${groupResourceOf(resource)} "${meta.name}" already exists`, {
        details: { name: meta.name, group: resource.group, kind: resource.plural },
      });
    }
    admit(call, transaction, "create", object);
    return store(call, transaction, key, object);
  });
}

/** Builds the next state of an object from the wanted one: what clients may not change stays. */
function nextState(call: Call, current: KubeObject, wanted: KubeObject): KubeObject {
  const { resource, target } = call;
  const hasStatus = resource.subresources?.includes("status") === true;
  const fixed = {
    name: current.metadata.name,
    ...(current.metadata.namespace === undefined ? {} : { namespace: current.metadata.namespace }),
    uid: current.metadata.uid,
    creationTimestamp: current.metadata.creationTimestamp,
    ...(current.metadata.deletionTimestamp === undefined
      ? {}
      : { deletionTimestamp: current.metadata.deletionTimestamp, deletionGracePeriodSeconds: current.metadata.deletionGracePeriodSeconds }),
  };
  const withStatus = (object: KubeObject, status: unknown): KubeObject => {
    const { status: _, ...rest } = object as KubeObject & { status?: unknown };
    return (status === undefined ? rest : { ...rest, status }) as KubeObject;
  };
  if (target.subresource === "status") {
    const next = withStatus(current, (wanted as { status?: unknown }).status);
    const { resourceVersion: _, ...metadata } = next.metadata;
    return { ...next, metadata };
  }
  const metadata = {
    ...wanted.metadata,
    ...fixed,
    resourceVersion: undefined,
    generation: current.metadata.generation,
  } as unknown as KubeObject["metadata"];
  for (const field of Object.keys(metadata) as (keyof typeof metadata)[]) if (metadata[field] === undefined) delete metadata[field];
  let next: KubeObject = { ...wanted, apiVersion: current.apiVersion, kind: current.kind, metadata };
  if (hasStatus) next = withStatus(next, (current as { status?: unknown }).status);
  const body = (object: KubeObject): unknown => {
    const { metadata: _, status: __, ...rest } = object as KubeObject & { status?: unknown };
    return rest;
  };
  if (metadata.generation !== undefined && !jsonEqual(body(next), body(current))) metadata.generation += 1;
  return next;
}

function checkIdentity(call: Call, current: KubeObject, wanted: KubeObject): void {
  const { resourceVersion, uid, name } = wanted.metadata ?? {};
  if (name !== undefined && name !== call.target.name) {
    throw new SkiffError("BadRequest", `the name of the object (${name}) does not match the name on the URL (${call.target.name})`);
  }
  if (resourceVersion !== undefined && resourceVersion !== "" && resourceVersion !== current.metadata.resourceVersion) throw conflict(call);
  if (uid !== undefined && uid !== "" && uid !== current.metadata.uid) {
    throw new SkiffError(
      "Conflict",
      `Operation cannot be fulfilled on ${groupResourceOf(call.resource)} "${call.target.name}": Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
}

/** True when nothing keeps a deleted object any longer. */
function isFinalizable(object: KubeObject): boolean {
  const finalizers = object.metadata.finalizers ?? [];
  const namespaceFinalizers = object.kind === "Namespace" ? ((object as Namespace).spec?.finalizers ?? []) : [];
  return (
    object.metadata.deletionTimestamp !== undefined && finalizers.length === 0 && namespaceFinalizers.length === 0 && object.kind !== "Pod"
  );
}

function readCurrent(call: Call, transaction: Transaction, key: string): { stored: StoredObject; current: KubeObject } {
  const stored = transaction.get(key);
  if (!stored) throw notFound(call);
  return { stored, current: fromStored<KubeObject>(call.resource, stored.value, stored.revision) };
}

/** Replaces an object by what `change` makes of it; an unchanged object is not written again. */
async function change(call: Call, make: (current: KubeObject) => KubeObject): Promise<KubeObject> {
  const { resource, target } = call;
  const key = storageKey(resource, target.namespace, target.name);
  return call.parts.store.transact((transaction) => {
    const { stored, current } = readCurrent(call, transaction, key);
    const wanted = make(current);
    checkIdentity(call, current, wanted);
    const next = nextState(call, current, wanted);
    validateObject(resource, next);
    if (target.subresource === undefined) admit(call, transaction, "update", next);
    if (serialize(next) === stored.value) return current;
    if (isFinalizable(next) && !isDryRun(call)) {
      transaction.delete(key, serialize(next));
      return next;
    }
    return store(call, transaction, key, next);
  });
}

/** PUT of an object or its status. Throws Conflict when the revision sent is stale. */
export async function updateObject(call: Call): Promise<KubeObject> {
  const wanted = (await readObject(call.request)) as unknown as KubeObject;
  if (call.resource.kind === "Namespace" && call.target.subresource === "finalize") {
    return change({ ...call, target: { ...call.target, subresource: undefined } }, () => wanted);
  }
  return change(call, () => wanted);
}

/** PATCH of an object or its status. */
export async function patchObject(call: Call): Promise<KubeObject> {
  const type = mediaType(call.request);
  const patch = await readBody(call.request);
  return change(call, (current) => applyPatch(call.resource, type, current, patch) as KubeObject);
}

interface DeleteRequest {
  readonly uid: string | undefined;
  readonly graceSeconds: number | undefined;
}

/** kubectl sends DeleteOptions in the body, the Python and JavaScript clients in the query. */
async function readDeleteRequest({ request, url }: Call): Promise<DeleteRequest> {
  const body = await readBody(request);
  const options = isObject(body) ? body : {};
  const preconditions = isObject(options["preconditions"]) ? options["preconditions"] : {};
  const query = url.searchParams.get("gracePeriodSeconds");
  const grace = query === null ? options["gracePeriodSeconds"] : Number(query);
  return {
    uid: typeof preconditions["uid"] === "string" ? preconditions["uid"] : undefined,
    graceSeconds: typeof grace === "number" && Number.isFinite(grace) ? grace : undefined,
  };
}

function deleteOne(call: Call, transaction: Transaction, key: string, { uid, graceSeconds }: DeleteRequest): KubeObject {
  const { current } = readCurrent(call, transaction, key);
  if (uid !== undefined) checkIdentity(call, current, { ...current, metadata: { name: current.metadata.name, uid } });
  if (isDryRun(call)) return current;
  const pod = current.kind === "Pod" ? (current as Pod) : undefined;
  const grace = pod ? (graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) : undefined;
  const marked: KubeObject = {
    ...current,
    metadata: {
      ...current.metadata,
      deletionTimestamp: current.metadata.deletionTimestamp ?? timestamp(),
      ...(grace === undefined ? {} : { deletionGracePeriodSeconds: grace }),
    },
  };
  if (marked.kind === "Namespace") (marked as Namespace).status = { phase: "Terminating" };
  const finalizers = marked.metadata.finalizers ?? [];
  // A pod stays until the runtime has stopped its processes and deletes it with a grace of 0.
  const gone = pod ? finalizers.length === 0 && grace === 0 : isFinalizable(marked);
  if (gone) {
    transaction.delete(key, serialize(marked));
    return marked;
  }
  if (current.metadata.deletionTimestamp !== undefined && current.metadata.deletionGracePeriodSeconds === grace) return current;
  return store(call, transaction, key, marked);
}

/** DELETE of one object: removed at once, or marked while finalizers or processes keep it. */
export async function deleteObject(call: Call): Promise<KubeObject> {
  const { resource, target } = call;
  const wish = await readDeleteRequest(call);
  const key = storageKey(resource, target.namespace, target.name);
  return call.parts.store.transact((transaction) => deleteOne(call, transaction, key, wish));
}

/** DELETE of a collection: every object that the selectors match. */
export async function deleteCollection(call: Call): Promise<KubeObject[]> {
  const { resource, target, url } = call;
  const wish = await readDeleteRequest(call);
  const labels = parseLabelSelector(url.searchParams.get("labelSelector"));
  const fields = parseFieldSelector(url.searchParams.get("fieldSelector"));
  return call.parts.store.transact((transaction) =>
    transaction.list(storageKey(resource, target.namespace)).flatMap(({ key, value, revision }) => {
      const object = fromStored<KubeObject>(resource, value, revision);
      if (!labels(object.metadata.labels ?? {}) || !matchesFields(object, fields)) return [];
      const one: Call = { ...call, target: { ...target, name: object.metadata.name, namespace: object.metadata.namespace } };
      return [deleteOne(one, transaction, key, wish)];
    }),
  );
}
