/**
 * Schemas of the built-in kinds, made on demand from the tables. A line of a table is a type: its name (`~` when it is
 * applied as one value), then fields `name:type:protobuf number:flags`. Types: s string, b boolean, i int32, l int64,
 * d double, y bytes, t Time, u MicroTime, q Quantity, x IntOrString, r any JSON, f FieldsV1, e list of strings in a message,
 * `[]T`, `{}T` (map), `package.Type`. Flags: `!` required, `*` pointer, `p=key` merge patch key, `R` retain keys,
 * `m=a+b` list map keys, `S` set, `a` atomic, `d=text` default.
 */
import { ADMISSIONREGISTRATION } from "./tables/admissionregistration.ts";
import { APIEXTENSIONS } from "./tables/apiextensions.ts";
import { APPS } from "./tables/apps.ts";
import { AUTHENTICATION } from "./tables/authentication.ts";
import { AUTHORIZATION } from "./tables/authorization.ts";
import { AUTOSCALING } from "./tables/autoscaling.ts";
import { AUTOSCALINGV2 } from "./tables/autoscalingv2.ts";
import { BATCH } from "./tables/batch.ts";
import { COORDINATION } from "./tables/coordination.ts";
import { CORE } from "./tables/core.ts";
import { DISCOVERY } from "./tables/discovery.ts";
import { EVENTS } from "./tables/events.ts";
import { META } from "./tables/meta.ts";
import { NETWORKING } from "./tables/networking.ts";
import { POLICY } from "./tables/policy.ts";
import { RBAC } from "./tables/rbac.ts";
import { SCHEDULING } from "./tables/scheduling.ts";
import { STORAGE } from "./tables/storage.ts";
import type { Schema } from "./schema.ts";

const TABLES: Readonly<Record<string, string>> = {
  admissionregistration: ADMISSIONREGISTRATION,
  apiextensions: APIEXTENSIONS,
  apps: APPS,
  authentication: AUTHENTICATION,
  authorization: AUTHORIZATION,
  autoscaling: AUTOSCALING,
  autoscalingv2: AUTOSCALINGV2,
  batch: BATCH,
  coordination: COORDINATION,
  core: CORE,
  discovery: DISCOVERY,
  events: EVENTS,
  meta: META,
  networking: NETWORKING,
  policy: POLICY,
  rbac: RBAC,
  scheduling: SCHEDULING,
  storage: STORAGE,
};

/** `group/version` → table. */
const TABLE_OF: Readonly<Record<string, string>> = {
  v1: "core",
  "meta.k8s.io/v1": "meta",
  "apps/v1": "apps",
  "batch/v1": "batch",
  "rbac.authorization.k8s.io/v1": "rbac",
  "storage.k8s.io/v1": "storage",
  "coordination.k8s.io/v1": "coordination",
  "authentication.k8s.io/v1": "authentication",
  "authorization.k8s.io/v1": "authorization",
  "admissionregistration.k8s.io/v1": "admissionregistration",
  "apiextensions.k8s.io/v1": "apiextensions",
  "policy/v1": "policy",
  "networking.k8s.io/v1": "networking",
  "autoscaling/v1": "autoscaling",
  "autoscaling/v2": "autoscalingv2",
  "discovery.k8s.io/v1": "discovery",
  "events.k8s.io/v1": "events",
  "scheduling.k8s.io/v1": "scheduling",
};

export interface TypeField {
  /** "^" for a struct whose fields belong to the outer one. */
  readonly name: string;
  readonly type: string;
  /** Protobuf field number; NaN where the type has none. */
  readonly number: number;
  readonly flags: readonly string[];
}

interface TypeLine {
  readonly atomic: boolean;
  readonly text: string;
}

let index: Map<string, TypeLine> | undefined;
const fieldsByType = new Map<string, readonly TypeField[]>();
const schemas = new Map<string, Schema>();

function lines(): Map<string, TypeLine> {
  if (index) return index;
  index = new Map();
  for (const [table, text] of Object.entries(TABLES)) {
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const space = line.indexOf(" ");
      const word = space < 0 ? line : line.slice(0, space);
      const atomic = word.endsWith("~");
      index.set(`${table}.${atomic ? word.slice(0, -1) : word}`, { atomic, text: space < 0 ? "" : line.slice(space + 1) });
    }
  }
  return index;
}

/** The fields of a built-in type in the order of its Go struct. Throws TypeError for a type the tables lack. */
export function getTypeFields(type: string): readonly TypeField[] {
  const known = fieldsByType.get(type);
  if (known) return known;
  const line = lines().get(type);
  if (!line) throw new TypeError(`no type ${type}`);
  const fields = line.text
    .split(" ")
    .filter((field) => field !== "")
    .map((field): TypeField => {
      const [name = "", kind = "", number = "", flags = ""] = field.split(":");
      return { name, type: kind, number: number === "" ? Number.NaN : Number(number), flags: flags === "" ? [] : flags.split(",") };
    });
  fieldsByType.set(type, fields);
  return fields;
}

/** The type of a built-in kind, such as `apps.Deployment`. */
export function findTypeOfKind(apiVersion: string, kind: string): string | undefined {
  const table = Object.hasOwn(TABLE_OF, apiVersion) ? TABLE_OF[apiVersion] : undefined;
  const type = `${table}.${kind}`;
  return table !== undefined && lines().has(type) ? type : undefined;
}

const SCALARS: Readonly<Record<string, Schema>> = {
  s: { type: "string", goType: "string" },
  b: { type: "boolean", goType: "bool" },
  i: { type: "integer", format: "int32", goType: "int32" },
  l: { type: "integer", format: "int64", goType: "int64" },
  d: { type: "number", format: "double", goType: "float64" },
  y: { type: "string", format: "byte", goType: "[]uint8" },
  t: { type: "string", format: "date-time", goType: "time.Time" },
  u: { type: "string", format: "date-time", goType: "time.Time" },
  q: { "x-kubernetes-int-or-string": true, format: "quantity", goType: "resource.Quantity" },
  x: { "x-kubernetes-int-or-string": true, format: "int-or-string", goType: "intstr.IntOrString" },
  r: { "x-kubernetes-preserve-unknown-fields": true },
  f: { type: "object", "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-map-type": "atomic" },
  e: { type: "array", items: { type: "string", goType: "string" } },
};

function schemaOfField({ type, flags }: Pick<TypeField, "type" | "flags">): Schema {
  const flag = (prefix: string): string | undefined => flags.find((one) => one.startsWith(prefix))?.slice(prefix.length);
  const zero = flags.includes("!") ? { alwaysThere: true } : flags.includes("*") ? {} : { omitsZero: true };
  const value = flag("d=");
  const extras = { ...zero, ...(value === undefined || value === "" ? {} : { default: value }) };
  if (type.startsWith("[]")) {
    const keys = flag("m=");
    const mergeKey = flag("p=");
    return {
      ...extras,
      type: "array",
      items: schemaOfField({ type: type.slice(2), flags: ["!"] }),
      "x-kubernetes-list-type": flags.includes("S") ? "set" : keys === undefined ? "atomic" : "map",
      ...(keys === undefined ? {} : { "x-kubernetes-list-map-keys": keys.split("+") }),
      ...(mergeKey === undefined
        ? {}
        : { "x-kubernetes-patch-strategy": "merge", ...(mergeKey === "" ? {} : { "x-kubernetes-patch-merge-key": mergeKey }) }),
    };
  }
  const atomic = flags.includes("a") ? { "x-kubernetes-map-type": "atomic" } : {};
  if (type.startsWith("{}")) {
    return { ...extras, ...atomic, type: "object", additionalProperties: schemaOfField({ type: type.slice(2), flags: ["!"] }) };
  }
  const scalar = SCALARS[type];
  if (scalar) return { ...scalar, ...extras };
  const there = flags.includes("*") ? {} : { alwaysThere: true };
  return getTypeSchema(type, { ...atomic, ...there });
}

/** The schema of a built-in type; its properties are made when they are first read. */
export function getTypeSchema(type: string, extras: Partial<Schema> = {}): Schema {
  const key = `${type} ${JSON.stringify(extras)}`;
  const known = schemas.get(key);
  if (known) return known;
  const line = lines().get(type);
  if (!line) throw new TypeError(`no type ${type}`);
  let properties: Record<string, Schema> | undefined;
  let required: string[] | undefined;
  const load = (): void => {
    properties = {};
    required = [];
    for (const field of getTypeFields(type)) {
      if (field.name === "^") {
        const inner = getTypeSchema(field.type);
        Object.assign(properties, inner.properties);
        required.push(...(inner.required ?? []));
        continue;
      }
      properties[field.name] = schemaOfField(field);
      if (field.flags.includes("!")) required.push(field.name);
    }
  };
  const schema: Schema = {
    type: "object",
    typeName: type,
    ...(line.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
    ...extras,
    get properties() {
      if (!properties) load();
      return properties ?? {};
    },
    get required() {
      if (!required) load();
      return required ?? [];
    },
  };
  schemas.set(key, schema);
  return schema;
}

/** The schema of a built-in kind, if the tables have it. */
export function findKindSchema(apiVersion: string, kind: string): Schema | undefined {
  const type = findTypeOfKind(apiVersion, kind);
  return type === undefined ? undefined : getTypeSchema(type);
}

/** The Go package's part of a type's name in OpenAPI documents. */
export function openApiNameOf(type: string): string {
  const [table = "", name = ""] = type.split(".");
  if (table === "meta") return `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`;
  if (table === "apiextensions") return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${name}`;
  return table === "autoscalingv2" ? `io.k8s.api.autoscaling.v2.${name}` : `io.k8s.api.${table}.v1.${name}`;
}
