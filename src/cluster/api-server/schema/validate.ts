/** Validates custom objects against a structural schema, interpreted, with the messages of kube-openapi's validator. */
import { isObject, jsonEqual } from "../../../lib/json.ts";
import { matchesFormat } from "./formats.ts";
import { matchesPattern } from "./patterns.ts";
import type { Schema } from "./schema.ts";

/** One cause of a Status: `reason` is a metav1.CauseType. */
export interface Fault {
  readonly field: string;
  readonly reason:
    | "FieldValueInvalid"
    | "FieldValueRequired"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate"
    | "FieldValueTypeInvalid"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldValueForbidden";
  readonly message: string;
}

/** Faults beyond this number add nothing for the reader. */
const MAX_FAULTS = 50;

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

const invalid = (field: string, value: unknown, text: string): Fault => ({
  field,
  reason: "FieldValueInvalid",
  message: `Invalid value: ${typeof value === "string" ? JSON.stringify(value) : isObject(value) || Array.isArray(value) ? `"${typeName(value)}"` : String(value)}: ${text}`,
});

const body = (field: string): string => (field === "" ? "body" : `${field} in body`);

function checkNumber(schema: Schema, value: number, field: string): Fault[] {
  const faults: Fault[] = [];
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    faults.push(invalid(field, value, `${body(field)} should be greater than ${schema.exclusiveMinimum ? "" : "or equal to "}${minimum}`));
  }
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    faults.push(invalid(field, value, `${body(field)} should be less than ${schema.exclusiveMaximum ? "" : "or equal to "}${maximum}`));
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) {
    faults.push(invalid(field, value, `${body(field)} should be a multiple of ${multipleOf}`));
  }
  return faults;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

function checkString(schema: Schema, value: string, field: string): Fault[] {
  const faults: Fault[] = [];
  const { minLength, maxLength, pattern, format } = schema;
  // Length counts code points; iterating is only needed near the bound.
  const length = (minLength !== undefined && value.length >= minLength) || maxLength !== undefined ? codePoints(value) : value.length;
  if (minLength !== undefined && length < minLength) {
    faults.push(invalid(field, value, `${body(field)} should be at least ${minLength} chars long`));
  }
  if (maxLength !== undefined && length > maxLength) {
    faults.push({ field, reason: "FieldValueTooLong", message: `Too long: may not be more than ${maxLength} bytes` });
  }
  if (pattern !== undefined && !matchesPattern(pattern, value))
    faults.push(invalid(field, value, `${body(field)} should match '${pattern}'`));
  if (format !== undefined && !matchesFormat(format, value)) {
    faults.push(invalid(field, value, `${body(field)} must be of type ${format}: ${JSON.stringify(value)}`));
  }
  return faults;
}

function duplicates(schema: Schema, value: readonly unknown[], field: string): Fault[] {
  const type = schema["x-kubernetes-list-type"];
  if (type !== "set" && type !== "map") return [];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const seen = new Set<string>();
  return value.flatMap((item, i) => {
    const id =
      type === "map" && isObject(item)
        ? Object.fromEntries(keys.map((key) => [key, item[key] ?? schema.items?.properties?.[key]?.default ?? null]))
        : item;
    const text = JSON.stringify(id);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    return [{ field: `${field}[${i}]`, reason: "FieldValueDuplicate" as const, message: `Duplicate value: ${text}` }];
  });
}

function checkArray(schema: Schema, value: readonly unknown[], field: string): Fault[] {
  const faults: Fault[] = [];
  const { minItems, maxItems, items } = schema;
  if (minItems !== undefined && value.length < minItems) {
    faults.push(invalid(field, value.length, `${body(field)} should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) {
    faults.push({ field, reason: "FieldValueTooMany", message: `Too many: ${value.length}: must have at most ${maxItems} items` });
  }
  faults.push(...duplicates(schema, value, field));
  if (items) {
    for (const [i, item] of value.entries()) {
      if (faults.length > MAX_FAULTS) break;
      faults.push(...findFaults(items, item, `${field}[${i}]`));
    }
  }
  return faults;
}

function checkObject(schema: Schema, value: Record<string, unknown>, field: string): Fault[] {
  const faults: Fault[] = [];
  const { properties = {}, additionalProperties, required = [], minProperties, maxProperties } = schema;
  const at = (name: string): string => (field === "" ? name : `${field}.${name}`);
  for (const name of required) {
    if (!Object.hasOwn(value, name)) faults.push({ field: at(name), reason: "FieldValueRequired", message: "Required value" });
  }
  const names = Object.keys(value);
  if (minProperties !== undefined && names.length < minProperties) {
    faults.push(invalid(field, names.length, `${body(field)} should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    faults.push({ field, reason: "FieldValueTooMany", message: `Too many: ${names.length}: must have at most ${maxProperties} items` });
  }
  for (const name of names) {
    if (faults.length > MAX_FAULTS) break;
    const member = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (typeof member === "object") faults.push(...findFaults(member, value[name], at(name)));
  }
  return faults;
}

function checkCombinations(schema: Schema, value: unknown, field: string): Fault[] {
  const faults: Fault[] = [];
  const passes = (one: Schema): boolean => findFaults(one, value, field).length === 0;
  const name = JSON.stringify(field);
  const fault = (text: string): Fault => ({ field, reason: "FieldValueInvalid", message: `Invalid value: "": ${text}` });
  const failing = schema.allOf?.flatMap((one) => findFaults(one, value, field)) ?? [];
  if (failing.length > 0) faults.push(fault(`${name} must validate all the schemas (allOf)`), ...failing);
  if (schema.anyOf && !schema.anyOf.some(passes)) faults.push(fault(`${name} must validate at least one schema (anyOf)`));
  if (schema.oneOf) {
    const count = schema.oneOf.filter(passes).length;
    const found = count === 0 ? "Found none valid" : `Found ${count} valid alternatives`;
    if (count !== 1) faults.push(fault(`${name} must validate one and only one schema (oneOf). ${found}`));
  }
  if (schema.not && passes(schema.not)) faults.push(fault(`${name} must not validate the schema (not)`));
  return faults;
}

/** Every fault of `value` under `schema`; CEL rules are not part of this. */
export function findFaults(schema: Schema, value: unknown, field = ""): Fault[] {
  if (value === null && schema.nullable === true) return [];
  const { type } = schema;
  const intOrString = schema["x-kubernetes-int-or-string"] === true;
  const check = type === undefined || intOrString ? undefined : TYPE_CHECKS[type];
  const mismatch = intOrString ? typeof value !== "string" && !Number.isInteger(value) : check !== undefined && !check(value);
  if (mismatch) {
    const wanted = intOrString ? "integer,string" : type;
    const message = `Invalid value: "${typeName(value)}": ${body(field)} must be of type ${wanted}: "${typeName(value)}"`;
    return [{ field, reason: "FieldValueTypeInvalid", message }];
  }
  const faults: Fault[] = [];
  if (typeof value === "number") faults.push(...checkNumber(schema, value, field));
  else if (typeof value === "string") faults.push(...checkString(schema, value, field));
  else if (Array.isArray(value)) faults.push(...checkArray(schema, value, field));
  else if (isObject(value)) faults.push(...checkObject(schema, value, field));
  if (schema.enum && !schema.enum.some((item) => jsonEqual(item, value))) {
    const supported = schema.enum.map((item) => JSON.stringify(item)).join(", ");
    faults.push({
      field,
      reason: "FieldValueNotSupported",
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`,
    });
  }
  if (schema.allOf || schema.anyOf || schema.oneOf || schema.not) faults.push(...checkCombinations(schema, value, field));
  return faults.slice(0, MAX_FAULTS);
}
