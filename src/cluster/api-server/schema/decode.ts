/**
 * Reads a value into a built-in type as Go's decoder and encoder would leave it: nulls and zero values that Go omits go,
 * unknown fields go and are named, wrong types are refused in encoding/json's words.
 */
import { SkiffError } from "../../../lib/errors.ts";
import { isObject } from "../../../lib/json.ts";
import { memberSchema, type Schema } from "./schema.ts";

const QUANTITY = /^[+-]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;
const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Go's int32 and int64; beyond 2^53 JSON numbers are not exact here, so that is the limit that can be kept. */
const INTEGER_LIMITS: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-2_147_483_648, 2_147_483_647],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}

function goTypeOf(schema: Schema): string {
  if (schema.goType) return schema.goType;
  if (schema.typeName) return `v1.${schema.typeName.split(".")[1]}`;
  if (schema.type === "array") return `[]${goTypeOf(schema.items ?? {})}`;
  return `map[string]${typeof schema.additionalProperties === "object" ? goTypeOf(schema.additionalProperties) : "string"}`;
}

/** Where a value stands: printed only when something is wrong with it. */
interface Place {
  readonly parent: Place | undefined;
  /** A member's name, or an item's index. */
  readonly step: string | number;
  /** Name of the Go struct that has the member; absent for keys of maps and items. */
  readonly struct: string | undefined;
}

/** With indexes, as strict decoding prints it. */
function printPath({ parent, step }: Place): string {
  const before = parent === undefined ? "" : printPath(parent);
  if (typeof step === "number") return `${before}[${step}]`;
  return before === "" ? step : `${before}.${step}`;
}

/** Without indexes and keys, behind the innermost struct, as encoding/json prints it. */
function printGoPath(place: Place, root: string): string {
  const names: string[] = [];
  let struct: string | undefined;
  for (let at: Place | undefined = place; at !== undefined; at = at.parent) {
    if (at.struct === undefined) continue;
    struct ??= at.struct;
    names.unshift(String(at.step));
  }
  return [struct ?? root, ...names].join(".");
}

function mismatch(value: unknown, schema: Schema, place: Place | undefined): SkiffError {
  const goPath = place === undefined ? (schema.typeName?.split(".")[1] ?? "") : printGoPath(place, "");
  const number = typeof value === "number" && schema.type !== "string" ? ` ${value}` : "";
  return new SkiffError(
    "BadRequest",
    `json: cannot unmarshal ${jsonKind(value)}${number} into Go struct field ${goPath} of type ${goTypeOf(schema)}`,
  );
}

function decodeScalar(schema: Schema, value: unknown, place: Place | undefined): unknown {
  switch (schema.format) {
    case "quantity":
      if (typeof value === "number") return String(value);
      if (typeof value !== "string") throw mismatch(value, schema, place);
      if (value !== "" && !QUANTITY.test(value)) {
        throw new SkiffError(
          "BadRequest",
          `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' (at ${place === undefined ? "" : printPath(place)}: ${JSON.stringify(value)})`,
        );
      }
      return value === "" ? "0" : value;
    case "int-or-string":
      if (typeof value !== "string" && !Number.isInteger(value)) throw mismatch(value, schema, place);
      return value;
    case "date-time":
      if (typeof value !== "string") throw mismatch(value, schema, place);
      if (!TIME.test(value) || Number.isNaN(Date.parse(value))) {
        throw new SkiffError(
          "BadRequest",
          `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`,
        );
      }
      return value;
    case "byte":
      if (typeof value !== "string") throw mismatch(value, schema, place);
      if (!BASE64.test(value.replaceAll(/[\r\n]/g, "")) || value.replaceAll(/[\r\n]/g, "").length % 4 !== 0) {
        throw new SkiffError("BadRequest", `illegal base64 data at input byte ${Math.max(0, value.search(/[^A-Za-z0-9+/=\r\n]/))}`);
      }
      return value;
  }
  if (schema.type === "integer") {
    const [low, high] = INTEGER_LIMITS[schema.goType ?? ""] ?? [-Infinity, Infinity];
    if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) throw mismatch(value, schema, place);
  } else if (typeof value !== schema.type) throw mismatch(value, schema, place);
  return value;
}

function isOmitted(schema: Schema, value: unknown): boolean {
  if (!schema.omitsZero) return false;
  if (value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return schema.type === "object" && schema.typeName === undefined && isObject(value) && Object.keys(value).length === 0;
}

/** Decodes `value` in place and returns it; the paths of unknown fields are added to `unknown`. Throws BadRequest. */
export function decodeValue(schema: Schema, value: unknown, unknown: string[], place?: Place): unknown {
  if (schema["x-kubernetes-preserve-unknown-fields"]) return value;
  if (schema.type === "array") {
    if (!Array.isArray(value)) throw mismatch(value, schema, place);
    const items = schema.items ?? {};
    for (let i = 0; i < value.length; i++) {
      if (value[i] !== null) value[i] = decodeValue(items, value[i], unknown, { parent: place, step: i, struct: undefined });
    }
    return value;
  }
  if (schema.type !== "object") return decodeScalar(schema, value, place);
  if (!isObject(value)) throw mismatch(value, schema, place);
  const { typeName } = schema;
  const struct = typeName === undefined ? undefined : typeName.slice(typeName.indexOf(".") + 1);
  for (const key of Object.keys(value)) {
    const here: Place = { parent: place, step: key, struct };
    const member = memberSchema(schema, key);
    if (!member) {
      unknown.push(printPath(here));
      delete value[key];
      continue;
    }
    const found = value[key];
    if (found === null) {
      // A null field of a struct is no field; a null in a map of strings is the empty string.
      if (struct !== undefined) delete value[key];
      else if (member.type === "string") value[key] = "";
      continue;
    }
    const decoded = decodeValue(member, found, unknown, here);
    if (isOmitted(member, decoded)) delete value[key];
    else if (decoded !== found) value[key] = decoded;
  }
  return value;
}

/** The place of an object's metadata, for kinds whose other fields have no table. */
export const METADATA_PLACE: Place = { parent: undefined, step: "metadata", struct: "ObjectMeta" };
