/** Strategic merge patch: lists merge by key as the built-in kinds' `patchMergeKey` tags say. */
import { isObject, jsonEqual } from "../../lib/json.ts";

/** Merge keys by field name (core/v1, apps/v1: `patchMergeKey` struct tags). A list absent here is replaced whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  conditions: "type",
  containers: "name",
  env: "name",
  ephemeralContainers: "name",
  hostAliases: "ip",
  imagePullSecrets: "name",
  initContainers: "name",
  ownerReferences: "uid",
  ports: "containerPort",
  secrets: "name",
  topologySpreadConstraints: "topologyKey",
  volumeDevices: "devicePath",
  volumeMounts: "mountPath",
  volumes: "name",
};
/** Lists of plain values that merge as sets. */
const SETS = new Set(["finalizers"]);

const DIRECTIVE = "$patch";
const ORDER = "$setElementOrder/";
const DELETE_PRIMITIVE = "$deleteFromPrimitiveList/";
const RETAIN = "$retainKeys";

function mergeKeyFor(field: string, items: readonly unknown[]): string | undefined {
  // Service ports merge by `port`, container ports by `containerPort`.
  if (field === "ports" && items.some((item) => isObject(item) && "port" in item)) return "port";
  return MERGE_KEYS[field];
}

function reorder(items: unknown[], order: readonly unknown[], key: string | undefined): unknown[] {
  const rank = (item: unknown): number => {
    const id = key !== undefined && isObject(item) ? item[key] : item;
    const index = order.findIndex((entry) => (key !== undefined && isObject(entry) ? entry[key] : entry) === id);
    return index < 0 ? order.length : index;
  };
  return items
    .map((item, index) => ({ item, index, rank: rank(item) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ item }) => item);
}

function mergeList(field: string, current: readonly unknown[], patch: readonly unknown[]): unknown[] {
  if (SETS.has(field)) return [...current, ...patch.filter((item) => !current.some((have) => jsonEqual(have, item)))];
  const key = mergeKeyFor(field, [...current, ...patch]);
  if (key === undefined) return [...patch];
  if (patch.some((item) => isObject(item) && item[DIRECTIVE] === "replace")) {
    return patch.filter((item) => !(isObject(item) && item[DIRECTIVE] === "replace"));
  }
  const out = [...current];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const at = out.findIndex((have) => isObject(have) && have[key] === item[key]);
    if (item[DIRECTIVE] === "delete") {
      if (at >= 0) out.splice(at, 1);
    } else if (at >= 0) out[at] = strategicMerge(out[at], item);
    else out.push(strategicMerge({}, item));
  }
  return out;
}

/** Applies a strategic merge patch and returns a new value; `target` stays as it is. */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  if (patch[DIRECTIVE] === "replace") {
    const { [DIRECTIVE]: _, ...rest } = patch;
    return rest;
  }
  if (patch[DIRECTIVE] === "delete") return {};
  let out: Record<string, unknown> = isObject(target) ? { ...target } : {};
  const retain = patch[RETAIN];
  if (Array.isArray(retain)) out = Object.fromEntries(Object.entries(out).filter(([key]) => retain.includes(key)));
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$") || key === "__proto__") continue;
    const current = out[key];
    if (value === null) delete out[key];
    else if (Array.isArray(value)) out[key] = mergeList(key, Array.isArray(current) ? current : [], value);
    else out[key] = strategicMerge(current, value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (key.startsWith(DELETE_PRIMITIVE)) {
      const field = key.slice(DELETE_PRIMITIVE.length);
      const current = out[field];
      if (Array.isArray(current)) out[field] = current.filter((item) => !value.includes(item));
    } else if (key.startsWith(ORDER)) {
      const field = key.slice(ORDER.length);
      const current = out[field];
      if (Array.isArray(current)) out[field] = reorder(current, value, SETS.has(field) ? undefined : mergeKeyFor(field, current));
    }
  }
  return out;
}
