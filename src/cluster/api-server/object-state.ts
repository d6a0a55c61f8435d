/** What writing and deleting share: identity, revision, and the text that is stored. */
import type { KubeObject, Namespace } from "../../api/index.ts";
import { groupResourceOf } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import type { StoredObject, Transaction } from "../object-store/index.ts";
import type { Call } from "./call.ts";
import { fromStored } from "./resources.ts";

/** The object does not exist. */
export function notFound({ resource, target }: Pick<Call, "resource" | "target">): SkiffError {
  const kind = groupResourceOf(resource);
  return new SkiffError("NotFound", `${kind} "${target.name}" not found`, {
    details: { name: target.name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural },
  });
}

/** The object was changed since the client read it. */
export function conflict({ resource, target }: Call): SkiffError {
  return new SkiffError(
    "Conflict",
    `Operation cannot be fulfilled on ${groupResourceOf(resource)} "${target.name}": the object has been modified; please apply your changes to the latest version and try again`,
    { details: { name: target.name, group: resource.group, kind: resource.plural } },
  );
}

/** True when nothing may be stored. */
export function isDryRun({ url }: Call): boolean {
  return url.searchParams.getAll("dryRun").includes("All");
}

/** The text that is stored: the revision lives in the key, not in the value. */
export function serialize(object: KubeObject): string {
  const { apiVersion, kind, metadata: all, ...rest } = object;
  const { resourceVersion: _, ...metadata } = all;
  // In this order lists and watches splice the revision into the text without parsing it (stored-text.ts).
  return JSON.stringify({ apiVersion, kind, metadata, ...rest });
}

/** Stores (unless it is a dry run) and returns the object as the client sees it. */
export function store(call: Call, transaction: Transaction, key: string, object: KubeObject): KubeObject {
  if (isDryRun(call)) return object;
  const revision = transaction.put(key, serialize(object));
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** Throws Conflict when revision or uid differ, BadRequest for another name. */
export function checkIdentity(call: Call, current: KubeObject, wanted: KubeObject): void {
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
export function isFinalizable(object: KubeObject): boolean {
  const finalizers = object.metadata.finalizers ?? [];
  const namespaceFinalizers = object.kind === "Namespace" ? ((object as Namespace).spec?.finalizers ?? []) : [];
  return (
    object.metadata.deletionTimestamp !== undefined && finalizers.length === 0 && namespaceFinalizers.length === 0 && object.kind !== "Pod"
  );
}

/** Reads the object that a call names. Throws NotFound. */
export function readCurrent(call: Call, transaction: Transaction, key: string): { stored: StoredObject; current: KubeObject } {
  const stored = transaction.get(key);
  if (!stored) throw notFound(call);
  return { stored, current: fromStored<KubeObject>(call.resource, stored.value, stored.revision) };
}
