/** Validation of metadata and of custom objects against their structural schema, with Kubernetes' messages. */
import type { KubeObject } from "../../api/index.ts";
import { apiVersionOf, groupResourceOf } from "../../api/index.ts";
import { SkiffError } from "../../lib/errors.ts";
import { isObject } from "../../lib/json.ts";
import type { ServedResource } from "./resources.ts";

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
// RBAC names are path segments (validation.go: path.ValidatePathSegmentName), such as "system:discovery".
const PATH_SEGMENT_GROUPS = new Set(["rbac.authorization.k8s.io"]);

function nameFault(resource: ServedResource, name: string): string | undefined {
  if (PATH_SEGMENT_GROUPS.has(resource.group)) {
    return name.includes("/") || name.includes("%") || name === "." || name === ".." ? `may not contain '/' or '%'` : undefined;
  }
  if (resource.kind === "Namespace" && (name.length > 63 || !DNS_LABEL.test(name))) {
    return `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`;
  }
  if (name.length > 253 || !DNS_SUBDOMAIN.test(name)) {
    return `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;
  }
  return undefined;
}

interface Fault {
  readonly field: string;
  readonly message: string;
}

const TYPE_CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
};

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
}

function schemaFaults(schema: Record<string, unknown>, value: unknown, field: string): Fault[] {
  const type = schema["type"];
  const check = typeof type === "string" ? TYPE_CHECKS[type] : undefined;
  if (value === null && schema["nullable"] === true) return [];
  if (check && !check(value)) {
    const invalid = `Invalid value: "${typeName(value)}": ${field} in body must be of type ${type as string}: "${typeName(value)}"`;
    return [{ field, message: invalid }];
  }
  const faults: Fault[] = [];
  if (isObject(value)) {
    for (const name of (schema["required"] as string[] | undefined) ?? []) {
      if (!(name in value)) faults.push({ field: field === "" ? name : `${field}.${name}`, message: "Required value" });
    }
    const properties = (schema["properties"] ?? {}) as Record<string, Record<string, unknown>>;
    for (const [name, child] of Object.entries(properties)) {
      if (name in value) faults.push(...schemaFaults(child, value[name], field === "" ? name : `${field}.${name}`));
    }
  } else if (Array.isArray(value) && isObject(schema["items"])) {
    const items = schema["items"];
    faults.push(...value.flatMap((item, index) => schemaFaults(items, item, `${field}[${index}]`)));
  }
  const allowed = schema["enum"];
  if (Array.isArray(allowed) && !allowed.includes(value)) {
    const supported = allowed.map((item) => JSON.stringify(item)).join(", ");
    faults.push({ field, message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}` });
  }
  return faults;
}

/** Throws BadRequest for another kind in the body, Invalid for faults of name or schema. */
export function validateObject(resource: ServedResource, object: KubeObject): void {
  const expected = apiVersionOf(resource);
  if (object.apiVersion !== expected || object.kind !== resource.kind) {
    throw new SkiffError(
      "BadRequest",
      `the API version in the data (${object.apiVersion}, ${object.kind}) does not match the expected API version (${expected}, ${resource.kind})`,
    );
  }
  const faults: Fault[] = [];
  const nameProblem = nameFault(resource, object.metadata.name);
  if (nameProblem)
    faults.push({ field: "metadata.name", message: `Invalid value: ${JSON.stringify(object.metadata.name)}: ${nameProblem}` });
  if (resource.custom && resource.schema) faults.push(...schemaFaults(resource.schema, object, ""));
  if (faults.length === 0) return;
  const texts = faults.map(({ field, message }) => `${field}: ${message}`);
  const kind = resource.group === "" ? resource.kind : `${resource.kind}.${resource.group}`;
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  throw new SkiffError("Invalid", `${kind} "${object.metadata.name}" is invalid: ${joined}`, {
    details: {
      name: object.metadata.name,
      group: resource.group,
      kind: groupResourceOf(resource),
      causes: faults.map(({ field, message }) => ({ reason: "FieldValueInvalid", message, field })),
    },
  });
}
