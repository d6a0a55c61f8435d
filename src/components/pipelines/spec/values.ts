/** Parameter values: which JSON value fits which declared type, and how each is written where a program reads text. */
import { SkiffError } from "../../../lib/errors.ts";
import { isObject, own, type Json } from "../../../lib/json.ts";
import { parseJson } from "./json-text.ts";
import type { ComponentSpec, ParameterType } from "./pipeline-spec.ts";

/** A value as text: strings raw, everything else as JSON (integers without ".0", since a JSON number has one form). */
export function toText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The JSON kind of a value in upstream's words (backend/src/v2/component and template runtime-config checks). */
function fits(type: ParameterType, value: Json): boolean {
  switch (type) {
    case "STRING":
      return typeof value === "string";
    case "NUMBER_DOUBLE":
      return typeof value === "number";
    case "NUMBER_INTEGER":
      return typeof value === "number" && Number.isInteger(value);
    case "BOOLEAN":
      return typeof value === "boolean";
    case "LIST":
      return Array.isArray(value);
    default:
      return isObject(value);
  }
}

const TYPE_WORDS: Record<ParameterType, string> = {
  STRING: "string",
  NUMBER_DOUBLE: "double",
  NUMBER_INTEGER: "integer",
  BOOLEAN: "boolean",
  LIST: "list",
  STRUCT: "struct",
  TASK_FINAL_STATUS: "struct",
  TASK_CONFIG: "struct",
};

function parseJsonText(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/**
 * Brings a value that crosses from one task to another to the declared type of the receiver: STRING receives the JSON text
 * of other values, and text that holds a fitting JSON value becomes it (backend/src/v2/driver/resolve.go). Throws Invalid otherwise.
 */
export function toDeclaredType(name: string, type: ParameterType, value: Json): Json {
  if (value === null || fits(type, value)) return value;
  if (type === "STRING") return toText(value);
  if (typeof value === "string") {
    // Python's spelling of booleans reaches us from container components that print them.
    const lower = value.trim().toLowerCase();
    const parsed = type === "BOOLEAN" && (lower === "true" || lower === "false") ? lower === "true" : parseJsonText(value);
    if (parsed !== undefined && fits(type, parsed)) return parsed;
  }
  throw new SkiffError(
    "Invalid",
    `input parameter ${name} requires type ${TYPE_WORDS[type]}, but the value is ${JSON.stringify(value).slice(0, 200)}`,
  );
}

/** Reads what a program wrote to an output parameter's file. Throws Invalid when the text does not hold the declared type. */
export function parseOutputText(name: string, type: ParameterType, text: string): Json {
  if (type === "STRING") return text;
  const trimmed = text.trim();
  const lower = trimmed.toLowerCase();
  const value = type === "BOOLEAN" && (lower === "true" || lower === "false") ? lower === "true" : parseJsonText(trimmed);
  if (value === undefined || (value !== null && !fits(type, value))) {
    throw new SkiffError(
      "Invalid",
      `output parameter ${name} is declared as ${TYPE_WORDS[type]}, but the step wrote ${JSON.stringify(trimmed.slice(0, 200))}`,
    );
  }
  return value;
}

/**
 * Checks the parameters of a new run against the root component and applies defaults.
 * Texts follow backend/src/apiserver/template and resource_manager; throws BadRequest.
 */
export function toRootParameters(root: ComponentSpec, given: Readonly<Record<string, Json>>): Record<string, Json> {
  const declared = root.inputDefinitions.parameters;
  const names = Object.keys(declared);
  const required = names.filter((name) => declared[name]?.defaultValue === undefined && declared[name]?.isOptional === false);
  if (Object.keys(given).length === 0 && required.length > 0) {
    throw new SkiffError("BadRequest", `pipeline requiring input has no parameter(s) provided. Need parameter(s): ${required.join(", ")}`);
  }
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) {
    throw new SkiffError("BadRequest", `parameter(s) provided are not required by pipeline: ${unknown.join(", ")}`);
  }
  const values: Record<string, Json> = {};
  for (const [name, definition] of Object.entries(declared)) {
    const value = own(given, name) ?? (Object.hasOwn(given, name) ? null : definition.defaultValue);
    if (value === undefined) {
      if (definition.isOptional) continue;
      throw new SkiffError("BadRequest", `parameter ${name} is not optional, yet has neither default value nor user provided value`);
    }
    if (value !== null && !fits(definition.parameterType, value)) {
      const kind = Array.isArray(value) ? "list" : isObject(value) ? "struct" : typeof value;
      throw new SkiffError(
        "BadRequest",
        `input parameter ${name} requires type ${TYPE_WORDS[definition.parameterType]}, but the parameter value is not of ${TYPE_WORDS[definition.parameterType]} type (it is a ${kind})`,
      );
    }
    values[name] = value;
  }
  return values;
}
