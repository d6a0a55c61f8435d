/** Create, update and patch of stored objects: each one transaction that checks, admits and writes. */
import type { KubeObject } from "../../api/index.ts";
import { apiVersionOf, groupResourceOf } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { newUid, randomSuffix } from "../../lib/ids.ts";
import { isObject, jsonEqual } from "../../lib/json.ts";
import type { Transaction } from "../object-store/index.ts";
import { mediaType, readBody, readObject } from "./body.ts";
import type { Call } from "./call.ts";
import { applyDefaults, prepareNew } from "./defaults/index.ts";
import { checkIdentity, isDryRun, isFinalizable, readCurrent, serialize, store, timestamp } from "./object-state.ts";
import { applyPatch } from "./patch.ts";
import { storageKey } from "./resources.ts";
import { validateObject } from "./validation.ts";

function admit(call: Call, transaction: Transaction, operation: "create" | "update", object: KubeObject, previous?: KubeObject): void {
  const { parts, resource, user } = call;
  const dryRun = isDryRun(call);
  for (const step of parts.admission) {
    step.admit({ operation, resource, object, previous, user, transaction, dryRun, authorizer: parts.authorizer });
  }
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
  prepareNew(resource, object);
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

/** Replaces an object by what `change` makes of it; an unchanged object is not written again. */
export async function change(call: Call, make: (current: KubeObject) => KubeObject): Promise<KubeObject> {
  const { resource, target } = call;
  const key = storageKey(resource, target.namespace, target.name);
  return call.parts.store.transact((transaction) => {
    const { stored, current } = readCurrent(call, transaction, key);
    const wanted = make(current);
    if (target.subresource === undefined) applyDefaults(resource, wanted);
    checkIdentity(call, current, wanted);
    const next = nextState(call, current, wanted);
    validateObject(resource, next);
    if (target.subresource === undefined) admit(call, transaction, "update", next, current);
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
