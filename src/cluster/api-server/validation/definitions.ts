/** Faults of CustomResourceDefinitions. Texts follow apiextensions-apiserver pkg/apis/apiextensions/validation. */
import type { CustomResourceDefinition } from "../../../api/index.ts";
import { isObject } from "../../../lib/json.ts";
import { findFaults, isPattern, type Fault, type Schema } from "../schema/index.ts";
import { duplicate, forbidden, invalid, required, unsupported, type Checked } from "./invalid.ts";
import { label1035Fault, subdomainFault } from "./names.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const LIST_TYPES = ["atomic", "set", "map"];
const MAX_FAULTS = 50;

/** Faults of a structural schema at `path`; `where` says what kind of place this is. */
function schemaFaults(schema: unknown, path: string, where: "root" | "field" | "item" | "value"): Fault[] {
  if (!isObject(schema)) return [invalid(path, schema, "must be an object")];
  const { type, properties, items, additionalProperties, pattern, ...rest } = schema as Schema;
  const faults: Fault[] = [];
  const isAny = schema["x-kubernetes-preserve-unknown-fields"] === true || schema["x-kubernetes-int-or-string"] === true;
  if (where === "root" && type !== "object") {
    faults.push(
      type === undefined
        ? required(`${path}.type`, "must not be empty at the root")
        : invalid(`${path}.type`, type, "must be object at the root"),
    );
  } else if (type === undefined && !isAny) {
    const text = {
      root: "",
      field: "for specified object fields",
      item: "for specified array items",
      value: "for specified object fields",
    }[where];
    faults.push(required(`${path}.type`, `must not be empty ${text}`));
  } else if (type !== undefined && !TYPES.includes(type)) faults.push(unsupported(`${path}.type`, type, TYPES));
  if (type === "array" && items === undefined) faults.push(required(`${path}.items`, "must be specified"));
  if (properties !== undefined && additionalProperties !== undefined && typeof additionalProperties === "object") {
    faults.push(forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"));
  }
  if (rest.uniqueItems === true)
    faults.push(forbidden(`${path}.uniqueItems`, "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"));
  if ("$ref" in schema) faults.push(forbidden(`${path}.$ref`, "$ref is not supported"));
  if (pattern !== undefined && !isPattern(pattern)) faults.push(invalid(`${path}.pattern`, pattern, "must be a valid regular expression"));
  const listType = schema["x-kubernetes-list-type"];
  if (listType !== undefined && !LIST_TYPES.includes(listType as string))
    faults.push(unsupported(`${path}.x-kubernetes-list-type`, listType, LIST_TYPES));
  const keys = schema["x-kubernetes-list-map-keys"];
  if (listType === "map" && (!Array.isArray(keys) || keys.length === 0)) {
    faults.push(required(`${path}.x-kubernetes-list-map-keys`, "must not be empty if x-kubernetes-list-type is map"));
  }
  if (schema["default"] !== undefined && faults.length === 0) {
    faults.push(...findFaults(schema, schema["default"], `${path}.default`));
  }
  for (const [name, member] of Object.entries(properties ?? {})) {
    if (faults.length > MAX_FAULTS) break;
    if (where === "root" && name === "metadata") continue;
    faults.push(...schemaFaults(member, `${path}.properties[${name}]`, "field"));
  }
  if (items !== undefined) faults.push(...schemaFaults(items, `${path}.items`, "item"));
  if (typeof additionalProperties === "object") faults.push(...schemaFaults(additionalProperties, `${path}.additionalProperties`, "value"));
  return faults;
}

function versionFaults(versions: CustomResourceDefinition["spec"]["versions"]): Fault[] {
  if (!Array.isArray(versions) || versions.length === 0) return [required("spec.versions")];
  const faults: Fault[] = [];
  const names = new Set<string>();
  for (const [i, version] of versions.entries()) {
    const at = `spec.versions[${i}]`;
    const name = version.name ?? "";
    const fault = label1035Fault(name);
    if (name === "") faults.push(required(`${at}.name`));
    else if (fault !== undefined) faults.push(invalid(`${at}.name`, name, fault));
    else if (names.has(name)) faults.push(duplicate(`${at}.name`, name));
    names.add(name);
    const schema: unknown = version.schema?.openAPIV3Schema;
    if (schema === undefined) faults.push(required(`${at}.schema.openAPIV3Schema`, "schemas are required"));
    else faults.push(...schemaFaults(schema, `${at}.schema.openAPIV3Schema`, "root"));
  }
  const storage = versions.filter((version) => version.storage).length;
  if (storage !== 1) {
    faults.push(
      invalid(
        "spec.versions",
        versions.map(({ name }) => name),
        "must have exactly one version marked as storage version",
      ),
    );
  }
  return faults;
}

export function findDefinitionFaults({ object, before }: Checked): Fault[] {
  const { spec } = object as CustomResourceDefinition;
  if (!isObject(spec)) return [required("spec")];
  const faults: Fault[] = [];
  const names = isObject(spec.names) ? spec.names : { kind: "", plural: "" };
  const group = spec.group ?? "";
  const groupFault = subdomainFault(group);
  if (group === "") faults.push(required("spec.group"));
  else if (groupFault !== undefined) faults.push(invalid("spec.group", group, groupFault));
  else if (!group.includes(".")) faults.push(invalid("spec.group", group, "should be a domain with at least one dot"));
  if (object.metadata.name !== `${names.plural}.${group}`) {
    faults.push(invalid("metadata.name", object.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  const scope: unknown = spec.scope;
  if (scope === undefined) faults.push(required("spec.scope"));
  else if (scope !== "Namespaced" && scope !== "Cluster") faults.push(unsupported("spec.scope", scope, ["Cluster", "Namespaced"]));
  for (const field of ["kind", "plural"] as const) {
    const value = names[field] ?? "";
    const fault = label1035Fault(value.toLowerCase());
    if (value === "") faults.push(required(`spec.names.${field}`));
    else if (fault !== undefined) faults.push(invalid(`spec.names.${field}`, value, fault));
  }
  faults.push(...versionFaults(spec.versions));
  const old = (before as CustomResourceDefinition | undefined)?.spec;
  if (old) {
    if (old.scope !== spec.scope) faults.push(invalid("spec.scope", spec.scope, "field is immutable"));
    if (old.group !== spec.group) faults.push(invalid("spec.group", spec.group, "field is immutable"));
    if (old.names.kind !== names.kind) faults.push(invalid("spec.names.kind", names.kind, "field is immutable"));
    if (old.names.plural !== names.plural) faults.push(invalid("spec.names.plural", names.plural, "field is immutable"));
  }
  return faults.slice(0, MAX_FAULTS);
}
