/** Fields of built-in types that may not be absent, read from the tables: strings and lists without `omitempty`. */
import { isObject } from "../../../lib/json.ts";
import type { Fault, Schema } from "../schema/index.ts";
import { required } from "./invalid.ts";

/** Fields that Go always writes but that may be empty. */
const MAY_BE_EMPTY = new Set([
  "apps.StatefulSetSpec.serviceName",
  "core.EndpointPort.port",
  "core.HTTPHeader.value",
  "core.Sysctl.value",
  "core.Taint.value",
  "discovery.EndpointSlice.endpoints",
  "discovery.EndpointSlice.ports",
  "meta.LabelSelectorRequirement.values",
  "rbac.ClusterRole.rules",
  "rbac.Role.rules",
  "rbac.RoleRef.apiGroup",
  "rbac.RoleRef.name",
]);
const SKIPPED = new Set(["status", "metadata"]);

/** Lists required fields that `value` lacks; status and metadata have their own writers. */
export function findMissingFields(schema: Schema, value: unknown, path = ""): Fault[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((item, i) => findMissingFields(items, item, `${path}[${i}]`));
  }
  if (!isObject(value) || schema.typeName === undefined) {
    if (!isObject(value) || typeof schema.additionalProperties !== "object") return [];
    const inner = schema.additionalProperties;
    return Object.entries(value).flatMap(([key, item]) => findMissingFields(inner, item, `${path}[${key}]`));
  }
  const needed = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]): Fault[] => {
    if (path === "" && SKIPPED.has(name)) return [];
    const field = path === "" ? name : `${path}.${name}`;
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    if (!needed.has(name)) return found === undefined ? [] : findMissingFields(member, found, field);
    if (MAY_BE_EMPTY.has(`${schema.typeName}.${name}`)) return found === undefined ? [] : findMissingFields(member, found, field);
    const isText = member.type === "string" && member.format === undefined;
    if (isText && (found === undefined || found === "")) return [required(field)];
    if (member.type === "array" && (found === undefined || (Array.isArray(found) && found.length === 0))) return [required(field)];
    if (found !== undefined) return findMissingFields(member, found, field);
    if (member.typeName === undefined) return [];
    return member.alwaysThere ? findMissingFields(member, {}, field) : [required(field)];
  });
}
