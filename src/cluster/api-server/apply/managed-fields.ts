/** metadata.managedFields: who owns which fields. Follows apimachinery pkg/util/managedfields. */
import type { KubeObject } from "../../../api/index.ts";
import { isObject } from "../../../lib/json.ts";
import { createFieldSet, isEmptySet, parseFieldsV1, toFieldsV1, type FieldSet } from "./field-set.ts";

/** Upstream's cap on the managers of updates; older ones become one. */
const MAX_UPDATE_MANAGERS = 10;
const OLD_MANAGERS = "ancient-changes";

export interface Manager {
  readonly name: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  time: string | undefined;
  fields: FieldSet;
}

/** Managers by identity: name, operation, subresource, and for updates the version. */
export type Managers = Map<string, Manager>;

export function managerKey({ name, operation, apiVersion, subresource }: Omit<Manager, "time" | "fields">): string {
  return JSON.stringify([name, operation, operation === "Update" ? apiVersion : "", subresource ?? ""]);
}

/** Fields that no manager owns. */
const SYSTEM_METADATA = [
  "name",
  "namespace",
  "creationTimestamp",
  "selfLink",
  "uid",
  "clusterName",
  "generation",
  "managedFields",
  "resourceVersion",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
];

/** Takes out, in place, what no manager owns: identity, and the part of the object that the endpoint does not write. */
export function stripUnowned(set: FieldSet, subresource: string | undefined, hasStatus: boolean): void {
  set.member = false;
  set.children.delete("f:apiVersion");
  set.children.delete("f:kind");
  const metadata = set.children.get("f:metadata");
  if (metadata) {
    metadata.member = false;
    for (const name of SYSTEM_METADATA) metadata.children.delete(`f:${name}`);
    if (isEmptySet(metadata)) set.children.delete("f:metadata");
  }
  if (subresource === "status") {
    for (const element of set.children.keys()) if (element !== "f:status") set.children.delete(element);
  } else if (hasStatus) set.children.delete("f:status");
}

function parseEntry(entry: unknown): Manager | undefined {
  if (!isObject(entry)) return undefined;
  const { manager, operation, apiVersion, subresource, time, fieldsV1 } = entry;
  if (operation !== "Apply" && operation !== "Update") return undefined;
  const fields = fieldsV1 === undefined ? createFieldSet() : parseFieldsV1(fieldsV1);
  if (!fields || typeof apiVersion !== "string") return undefined;
  return {
    name: typeof manager === "string" ? manager : "",
    operation,
    apiVersion,
    subresource: typeof subresource === "string" && subresource !== "" ? subresource : undefined,
    time: typeof time === "string" ? time : undefined,
    fields,
  };
}

/** Reads managers; undefined when an entry cannot be read. An empty list, or one empty entry (the way to reset), gives none. */
export function parseManagers(entries: unknown): Managers | undefined {
  const managers: Managers = new Map();
  if (!Array.isArray(entries)) return entries === undefined ? managers : undefined;
  if (entries.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0) return managers;
  for (const entry of entries) {
    const manager = parseEntry(entry);
    if (!manager) return undefined;
    managers.set(managerKey(manager), manager);
  }
  return managers;
}

/** True for `[{}]`, by which a client drops all ownership. */
export function isReset(entries: unknown): boolean {
  return Array.isArray(entries) && entries.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0;
}

function cap(managers: Managers): Manager[] {
  const all = [...managers.values()].filter(({ fields }) => !isEmptySet(fields));
  const updates = all.filter(({ operation }) => operation === "Update").toSorted((a, b) => (a.time ?? "").localeCompare(b.time ?? ""));
  const surplus = updates.length - MAX_UPDATE_MANAGERS;
  if (surplus <= 0) return all;
  const merged = new Map<string, Manager>();
  for (const old of updates.slice(0, surplus + 1)) {
    const key = `${old.apiVersion} ${old.subresource ?? ""}`;
    const known = merged.get(key);
    if (!known) merged.set(key, { ...old, name: OLD_MANAGERS });
    else {
      known.fields = mergeFields(known.fields, old.fields);
      known.time = old.time;
    }
  }
  const gone = new Set(updates.slice(0, surplus + 1));
  return [...all.filter((manager) => !gone.has(manager)), ...merged.values()];
}

function mergeFields(a: FieldSet, b: FieldSet): FieldSet {
  const out = createFieldSet(a.member || b.member);
  for (const element of new Set([...a.children.keys(), ...b.children.keys()])) {
    const left = a.children.get(element);
    const right = b.children.get(element);
    if (left && right) out.children.set(element, mergeFields(left, right));
    else if (left ?? right) out.children.set(element, (left ?? right) as FieldSet);
  }
  return out;
}

/** Writes managers: appliers first, then by time, as upstream orders them. */
export function toManagedFields(managers: Managers): unknown[] {
  const rank = ({ operation }: Manager): number => (operation === "Apply" ? 0 : 1);
  return cap(managers)
    .toSorted(
      (a, b) =>
        rank(a) - rank(b) ||
        (a.time ?? "").localeCompare(b.time ?? "") ||
        a.name.localeCompare(b.name) ||
        (a.subresource ?? "").localeCompare(b.subresource ?? ""),
    )
    .map(({ name, operation, apiVersion, time, fields, subresource }) => ({
      ...(name === "" ? {} : { manager: name }),
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: "FieldsV1",
      fieldsV1: toFieldsV1(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }));
}

/** Sets or drops the object's managedFields, in place. */
export function setManagers(object: KubeObject, managers: Managers): void {
  const entries = toManagedFields(managers);
  if (entries.length === 0) delete object.metadata.managedFields;
  else object.metadata.managedFields = entries;
}
