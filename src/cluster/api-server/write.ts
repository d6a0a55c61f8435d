/** Create, update and patch of stored objects: each one transaction that checks, admits and writes. */
import type { KubeObject } from "../../api/index.ts";
import { apiVersionOf, groupResourceOf } from "../../api/index.ts";
import { isReason, SkiffError } from "../../lib/errors.ts";
import { newUid, randomSuffix } from "../../lib/ids.ts";
import { isObject, jsonEqual } from "../../lib/json.ts";
import type { Transaction } from "../object-store/index.ts";
import { askWebhooks, mayConcernWebhooks } from "./admission/webhooks.ts";
import { applyConfiguration, trackUpdate, type Writer } from "./apply/index.ts";
import { mediaType, readBodyWithRepeats } from "./body.ts";
import type { Call } from "./call.ts";
import { applyDefaults, prepareNew } from "./defaults/index.ts";
import { checkIdentity, isDryRun, isFinalizable, notFound, readCurrent, serialize, store } from "./object-state.ts";
import { APPLY, applyPatch, checkPatchType } from "./patch.ts";
import { decodeObject, judgeFields, managerOf } from "./prepare.ts";
import { parseBool } from "./request-info.ts";
import { storageKey } from "./resources.ts";
import { applyDefaults as applySchemaDefaults, findResourceSchema } from "./schema/index.ts";
import { checkKind, validateObject } from "./validation/index.ts";
import { toTime } from "../../lib/time.ts";

function admit(call: Call, transaction: Transaction, operation: "create" | "update", object: KubeObject, previous?: KubeObject): void {
  const { parts, resource, user } = call;
  const dryRun = isDryRun(call);
  for (const step of parts.admission) {
    step.admit({ operation, resource, object, previous, user, transaction, dryRun, authorizer: parts.authorizer });
  }
}

function writerOf(call: Call): Writer {
  const { resource, target } = call;
  return {
    manager: managerOf(call),
    apiVersion: apiVersionOf(resource),
    subresource: target.subresource,
    schema: findResourceSchema(resource),
    hasStatus: resource.subresources?.includes("status") === true,
    now: toTime(),
  };
}

function fillDefaults({ resource }: Call, object: KubeObject): void {
  const schema = resource.custom ? resource.schema : undefined;
  if (schema) applySchemaDefaults(schema, object);
  else applyDefaults(resource, object);
}

/** Checks a whole object from a body: its kind, its shape, its fields. */
function receive(call: Call, value: unknown, repeated: readonly string[]): KubeObject {
  if (!isObject(value)) throw new SkiffError("BadRequest", "the body of the request is not an object");
  const object = value as unknown as KubeObject;
  object.apiVersion ??= apiVersionOf(call.resource);
  object.kind ??= call.resource.kind;
  checkKind(call.resource, object);
  object.metadata ??= { name: "" };
  judgeFields(call, decodeObject(call.resource, object), repeated);
  if (!isObject(object.metadata)) throw new SkiffError("BadRequest", "the metadata of the object is not an object");
  return object;
}

const MAX_WEBHOOK_ATTEMPTS = 5;

/** The same call with nothing stored: how an object will look is what webhooks are asked about. */
function asDryRun(call: Call): Call {
  const url = new URL(call.url);
  url.searchParams.set("dryRun", "All");
  return { ...call, url };
}

/** Lets the admission chain complete a new object and webhooks change or refuse it. */
async function askAboutNew(call: Call, object: KubeObject): Promise<KubeObject> {
  await call.parts.store.transact((transaction) => admit(asDryRun(call), transaction, "create", object));
  const asked = (await askWebhooks(call, "CREATE", object, undefined)) ?? object;
  decodeObject(call.resource, asked);
  fillDefaults(call, asked);
  return asked;
}

/** Stores an object that does not exist yet. `isTracked` when its managed fields are settled already. */
async function createPrepared(call: Call, object: KubeObject, isTracked: boolean): Promise<KubeObject> {
  const { resource, target } = call;
  const meta = object.metadata;
  const namespace = resource.namespaced ? target.namespace : undefined;
  if (resource.namespaced && meta.namespace !== undefined && meta.namespace !== "" && meta.namespace !== namespace) {
    throw new SkiffError("BadRequest", `the namespace of the provided object does not match the namespace sent on the request`);
  }
  if ((meta.name ?? "") === "" && meta.generateName) meta.name = meta.generateName + randomSuffix();
  if (typeof meta.name !== "string" || meta.name === "") {
    const kind = resource.group === "" ? resource.kind : `${resource.kind}.${resource.group}`;
    const message = "Required value: name or generateName is required";
    throw new SkiffError("Invalid", `${kind} "" is invalid: metadata.name: ${message}`, {
      details: {
        ...(resource.group === "" ? {} : { group: resource.group }),
        kind: resource.kind,
        causes: [{ reason: "FieldValueRequired", message, field: "metadata.name" }],
      },
    });
  }
  if ((meta.resourceVersion ?? "") !== "") throw new SkiffError("BadRequest", "resourceVersion should not be set on objects to be created");
  for (const field of ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) delete meta[field];
  meta.uid = newUid();
  meta.creationTimestamp = toTime();
  if (namespace !== undefined) meta.namespace = namespace;
  else delete meta.namespace;
  const hasStatus = resource.subresources?.includes("status") === true;
  if (hasStatus || resource.custom) meta.generation = 1;
  else delete meta.generation;
  if (hasStatus) delete (object as { status?: unknown }).status;
  const writer = writerOf(call);
  fillDefaults(call, object);
  prepareNew(resource, object);
  const key = storageKey(resource, namespace, meta.name);
  const asked = mayConcernWebhooks(call, "CREATE") ? await askAboutNew(call, object) : object;
  return call.parts.store.transact((transaction) => {
    if (transaction.get(key)) {
      throw new SkiffError("AlreadyExists", `${groupResourceOf(resource)} "${meta.name}" already exists`, {
        details: { name: meta.name, group: resource.group, kind: resource.plural },
      });
    }
    admit(call, transaction, "create", asked);
    validateObject(resource, asked, undefined);
    if (!isTracked) trackUpdate(writer, undefined, asked);
    return store(call, transaction, key, asked);
  });
}

/** POST of a new object. Throws AlreadyExists, Invalid, Forbidden (admission). */
export async function createObject(call: Call): Promise<KubeObject> {
  const { value, repeated } = await readBodyWithRepeats(call.request);
  return createPrepared(call, receive(call, value, repeated), false);
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

interface ChangeOptions {
  /** The object that `make` returns says itself who owns its fields. */
  readonly isTracked?: boolean;
  /** Looks at the fields that `make` brought in and that the kind does not have. */
  readonly judge?: (unknown: readonly string[]) => void;
}

function isUnchanged(next: KubeObject, current: KubeObject): boolean {
  const { resourceVersion: _, ...metadata } = current.metadata;
  return jsonEqual(next, { ...current, metadata });
}

/** Replaces an object by what `make` makes of it; an unchanged object is not written again. */
export async function change(call: Call, make: (current: KubeObject) => KubeObject, options: ChangeOptions = {}): Promise<KubeObject> {
  if (!mayConcernWebhooks(call, "UPDATE")) return changeOnce(call, make, options);
  for (let attempt = 1; ; attempt++) {
    let seen: KubeObject | undefined;
    const look = (current: KubeObject): KubeObject => {
      seen = structuredClone(current);
      return make(current);
    };
    const preview = await changeOnce(asDryRun(call), look, options);
    const asked = (await askWebhooks(call, "UPDATE", preview, seen)) ?? preview;
    const revision = preview.metadata.resourceVersion ?? "";
    try {
      return await changeOnce(call, () => ({ ...asked, metadata: { ...asked.metadata, resourceVersion: revision } }), { isTracked: true });
    } catch (error) {
      // Somebody else wrote while the webhooks were asked.
      if (!isReason(error, "Conflict") || attempt === MAX_WEBHOOK_ATTEMPTS) throw error;
    }
  }
}

async function changeOnce(call: Call, make: (current: KubeObject) => KubeObject, options: ChangeOptions): Promise<KubeObject> {
  const { resource, target } = call;
  const key = storageKey(resource, target.namespace, target.name);
  const writer = writerOf(call);
  return call.parts.store.transact((transaction) => {
    const { current } = readCurrent(call, transaction, key);
    const wanted = make(current);
    checkKind(resource, wanted);
    const unknown = decodeObject(resource, wanted);
    options.judge?.(unknown);
    fillDefaults(call, wanted);
    checkIdentity(call, current, wanted);
    const next = nextState(call, current, wanted);
    if (target.subresource === undefined) admit(call, transaction, "update", next, current);
    validateObject(resource, next, current, target.subresource);
    if (!options.isTracked) trackUpdate(writer, current, next);
    else if (wanted.metadata.managedFields) next.metadata.managedFields = wanted.metadata.managedFields;
    if (isUnchanged(next, current)) return current;
    if (isDryRun(call)) return { ...next, metadata: { ...next.metadata, resourceVersion: current.metadata.resourceVersion ?? "" } };
    if (isFinalizable(next)) {
      transaction.delete(key, serialize(next));
      return next;
    }
    return store(call, transaction, key, next);
  });
}

/** PUT of an object or its status. Throws Conflict when the revision sent is stale. */
export async function updateObject(call: Call): Promise<KubeObject> {
  const { value, repeated } = await readBodyWithRepeats(call.request);
  const wanted = receive(call, value, repeated);
  if (call.resource.kind === "Namespace" && call.target.subresource === "finalize") {
    return change({ ...call, target: { ...call.target, subresource: undefined } }, () => wanted);
  }
  return change(call, () => wanted);
}

function checkApplied(call: Call, value: unknown): KubeObject {
  const { resource, target } = call;
  if (!isObject(value)) throw new SkiffError("BadRequest", "error decoding YAML: the configuration is not an object");
  const applied = value as unknown as KubeObject;
  if (typeof applied.apiVersion !== "string" || typeof applied.kind !== "string") {
    throw new SkiffError("BadRequest", "invalid object type: Object 'apiVersion' or 'kind' is missing");
  }
  checkKind(resource, applied);
  applied.metadata ??= { name: target.name ?? "" };
  const unknown = decodeObject(resource, applied);
  const [first] = unknown;
  if (first !== undefined) {
    throw new SkiffError(
      "BadRequest",
      `failed to create typed patch object (${target.namespace ?? ""}/${target.name}; ${resource.group}/${resource.version}, Kind=${resource.kind}): ${unknown.map((path) => `.${path}: field not declared in schema`).join("\n")}`,
    );
  }
  if (applied.metadata.managedFields !== undefined) throw new SkiffError("BadRequest", "metadata.managedFields must be nil");
  applied.metadata.name ??= target.name ?? "";
  if (resource.namespaced && target.namespace !== undefined) applied.metadata.namespace ??= target.namespace;
  if (applied.metadata.name !== target.name || (resource.namespaced && applied.metadata.namespace !== target.namespace)) {
    throw new SkiffError(
      "BadRequest",
      `the name or namespace of the object (${applied.metadata.namespace ?? ""}/${applied.metadata.name}) does not match the URL (${target.namespace ?? ""}/${target.name})`,
    );
  }
  return applied;
}

async function applyObject(call: Call): Promise<KubeObject> {
  const { parts, resource, target, url, user } = call;
  const { value, repeated } = await readBodyWithRepeats(call.request);
  if ((url.searchParams.get("fieldManager") ?? "") === "") {
    const message = "Required value: is required for apply patch";
    throw new SkiffError("Invalid", `PatchOptions.meta.k8s.io "" is invalid: fieldManager: ${message}`, {
      details: { group: "meta.k8s.io", kind: "PatchOptions", causes: [{ reason: "FieldValueRequired", message, field: "fieldManager" }] },
    });
  }
  const applied = checkApplied(call, value);
  judgeFields(call, [], repeated);
  const force = parseBool(url.searchParams.get("force"));
  const writer = writerOf(call);
  const key = storageKey(resource, target.namespace, target.name);
  const { resourceVersion, uid } = applied.metadata;
  if (!parts.store.get(key)) {
    if (target.subresource !== undefined) throw notFound(call);
    const allowed = parts.authorizer.resource(user, {
      verb: "create",
      group: resource.group,
      version: resource.version,
      resource: resource.plural,
      ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    }).allowed;
    if (!allowed) {
      throw new SkiffError(
        "Forbidden",
        `${groupResourceOf(resource)} is forbidden: User ${JSON.stringify(user.username)} cannot create resource ${JSON.stringify(resource.plural)} in API group ${JSON.stringify(resource.group)}`,
      );
    }
    if ((resourceVersion ?? "") !== "" || (uid ?? "") !== "") {
      throw new SkiffError(
        "Conflict",
        `Operation cannot be fulfilled on ${groupResourceOf(resource)} "${target.name}": uid mismatch: the provided object specified uid ${uid ?? ""}, and no existing object was found`,
      );
    }
    const { name, namespace } = applied.metadata;
    const empty = {
      apiVersion: applied.apiVersion,
      kind: applied.kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    };
    if (call.outcome) call.outcome.created = true;
    return createPrepared(call, applyConfiguration(writer, empty, applied, force), true);
  }
  return change(call, (current) => applyConfiguration(writer, current, structuredClone(applied), force), { isTracked: true });
}

/** PATCH of an object or its status. An apply creates what is not there; the call's outcome says so. */
export async function patchObject(call: Call): Promise<KubeObject> {
  const type = mediaType(call.request);
  checkPatchType(call.resource, type);
  if (type === APPLY) return applyObject(call);
  if (call.url.searchParams.has("force")) {
    throw new SkiffError("Invalid", 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch');
  }
  const { value: patch, repeated } = await readBodyWithRepeats(call.request);
  const schema = findResourceSchema(call.resource);
  const make = (current: KubeObject): KubeObject => {
    const patched = applyPatch(schema, type, current, patch);
    if (!isObject(patched) || !isObject(patched["metadata"])) {
      throw new SkiffError("BadRequest", "the patched object is not an object with metadata");
    }
    return patched as unknown as KubeObject;
  };
  return change(call, make, { judge: (unknown) => judgeFields(call, unknown, repeated, JSON.stringify(patch)) });
}
