/** Pruning and defaulting of custom objects under a structural schema. Follows apiextensions' structural pruning and defaulting. */
import { isObject, setOwn } from "../../../lib/json.ts";
import { memberSchema, type Schema } from "./schema.ts";

const EMBEDDED = new Set(["apiVersion", "kind", "metadata"]);

/** Removes fields that the schema does not declare, in place; their paths are added to `unknown`. */
export function pruneUnknown(schema: Schema, value: unknown, unknown: string[], path = "", isRoot = true): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const [i, item] of value.entries()) pruneUnknown(schema.items, item, unknown, `${path}[${i}]`, false);
    return;
  }
  if (!isObject(value)) return;
  const keepsAll = schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === true;
  const embedded = isRoot || schema["x-kubernetes-embedded-resource"] === true;
  for (const key of Object.keys(value)) {
    const inner = path === "" ? key : `${path}.${key}`;
    const member = memberSchema(schema, key);
    if (embedded && EMBEDDED.has(key)) continue;
    if (member) pruneUnknown(member, value[key], unknown, inner, false);
    else if (!keepsAll && !(schema["x-kubernetes-int-or-string"] === true)) {
      unknown.push(inner);
      delete value[key];
    }
  }
}

/** Fills in `default`s, in place; a null where null is not allowed counts as absent. */
export function applyDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) applyDefaults(schema.items, item);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, member] of Object.entries(schema.properties ?? {})) {
    if (member.default !== undefined && (!Object.hasOwn(value, key) || (value[key] === null && member.nullable !== true))) {
      setOwn(value, key, structuredClone(member.default));
    }
    if (Object.hasOwn(value, key)) applyDefaults(member, value[key]);
  }
  const { additionalProperties, properties = {} } = schema;
  if (typeof additionalProperties !== "object") return;
  for (const key of Object.keys(value)) if (!Object.hasOwn(properties, key)) applyDefaults(additionalProperties, value[key]);
}
