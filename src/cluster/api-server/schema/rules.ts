/** CEL rules of CRDs (`x-kubernetes-validations`), evaluated by cel-js; the functions that Kubernetes adds are here as far as they go. */
import { createRequire } from "node:module";
import type { Environment } from "@marcbachmann/cel-js";
import { messageOf } from "../../../lib/errors.ts";
import { isObject } from "../../../lib/json.ts";
import { matchesPattern } from "./patterns.ts";
import type { Schema, ValidationRule } from "./schema.ts";
import type { Fault } from "./validate.ts";

type Program = (context: Record<string, unknown>) => unknown;

/** Rule text → program, or why it cannot be compiled. */
const programs = new Map<string, Program | string>();
const PROGRAM_LIMIT = 5000;
let environment: Environment | undefined;

/** Loaded at the first rule: most clusters have none, and the library takes 20 ms and 8 MB. */
const load = createRequire(import.meta.url);

const compare = (a: unknown, b: unknown): number => ((a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0);

/** Functions of k8s.io/apiserver pkg/cel/library that rules use most. */
function createEnvironment(): Environment {
  const cel = load("@marcbachmann/cel-js") as typeof import("@marcbachmann/cel-js");
  return (
    new cel.Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
      .registerVariable("self", "dyn")
      .registerVariable("oldSelf", "dyn")
      // Bounded in time, unlike the library's own `matches`.
      .registerFunction("string.matchesWithin(string): bool", (text: string, pattern: string) => matchesPattern(pattern, text))
      .registerFunction("isURL(string): bool", (text: string) => URL.canParse(text))
      .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) => text.replaceAll(from, to))
      .registerFunction("list.sum(): dyn", (list: unknown[]) =>
        list.reduce((sum, item) => (typeof item === "bigint" ? (sum as bigint) + item : Number(sum) + Number(item)), 0n),
      )
      .registerFunction("list.min(): dyn", (list: unknown[]) => list.toSorted(compare)[0])
      .registerFunction("list.max(): dyn", (list: unknown[]) => list.toSorted(compare).at(-1))
      .registerFunction("list.isSorted(): bool", (list: unknown[]) => list.every((item, i) => i === 0 || compare(list[i - 1], item) <= 0))
  );
}

/** Functions that no environment here has; a rule with one of them is reported instead of failing at every write. */
const MISSING =
  /\b(quantity|isQuantity|url|ip|isIP|cidr|isCIDR|format|semver|authorizer|optional\w*)\s*[.(]|\.(find|findAll|reverse|isGreaterThan|isLessThan|compareTo)\(/;

function compile(text: string): Program | string {
  const known = programs.get(text);
  if (known !== undefined) return known;
  if (programs.size >= PROGRAM_LIMIT) programs.clear();
  let made: Program | string;
  const missing = MISSING.exec(text.replaceAll(/'[^']*'|"[^"]*"/g, "''"));
  if (missing) made = `the function ${missing[0].replaceAll(/[.(\s]/g, "")} is not supported`;
  else {
    try {
      environment ??= createEnvironment();
      const program = environment.parse(text.replaceAll(".matches(", ".matchesWithin("));
      const check = program.check();
      made = check.valid ? program : (messageOf(check.error).split("\n")[0] ?? "invalid");
    } catch (error) {
      made = messageOf(error).split("\n")[0] ?? "invalid";
    }
  }
  programs.set(text, made);
  return made;
}

const KEYWORDS = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);

/** Names of fields as CEL sees them (apiserver pkg/cel/escaping.go). */
function escapeName(name: string): string {
  if (KEYWORDS.has(name)) return `__${name}__`;
  return name.replaceAll("__", "__underscores__").replaceAll(".", "__dot__").replaceAll("-", "__dash__").replaceAll("/", "__slash__");
}

/** A JSON value as CEL sees it under its schema. */
function toCel(schema: Schema | undefined, value: unknown): unknown {
  if (typeof value === "number") return schema?.type !== "number" && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === "string") return schema?.format === "date-time" ? new Date(value) : value;
  if (Array.isArray(value)) return value.map((item) => toCel(schema?.items, item));
  if (!isObject(value)) return value;
  const { properties = {}, additionalProperties } = schema ?? {};
  const rest = typeof additionalProperties === "object" ? additionalProperties : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) =>
      Object.hasOwn(properties, key) ? [escapeName(key), toCel(properties[key], member)] : [key, toCel(rest, member)],
    ),
  );
}

const usesOldSelf = ({ rule }: ValidationRule): boolean => /\boldSelf\b/.test(rule);

function toFault(rule: ValidationRule, schema: Schema, field: string, context: Record<string, unknown>, problem?: string): Fault {
  let text = rule.message ?? `failed rule: ${rule.rule}`;
  if (problem !== undefined) text = `${problem} evaluating rule: ${rule.rule}`;
  else if (rule.messageExpression !== undefined) {
    const program = compile(rule.messageExpression);
    try {
      const made = typeof program === "string" ? undefined : program(context);
      if (typeof made === "string" && made !== "" && !made.includes("\n")) text = made;
    } catch {
      // The fixed message stands.
    }
  }
  const at = rule.fieldPath === undefined ? field : `${field}${rule.fieldPath}`;
  if (rule.reason === "FieldValueForbidden") return { field: at, reason: "FieldValueForbidden", message: `Forbidden: ${text}` };
  if (rule.reason === "FieldValueRequired") return { field: at, reason: "FieldValueRequired", message: `Required value: ${text}` };
  if (rule.reason === "FieldValueDuplicate") {
    return { field: at, reason: "FieldValueDuplicate", message: `Duplicate value: ${JSON.stringify(schema.type ?? "")}` };
  }
  return { field: at, reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(schema.type ?? "")}: ${text}` };
}

function checkRules(schema: Schema, value: unknown, before: unknown, field: string): Fault[] {
  const rules = schema["x-kubernetes-validations"];
  if (!rules || rules.length === 0) return [];
  const context = { self: toCel(schema, value), oldSelf: toCel(schema, before) };
  return rules.flatMap((rule) => {
    if (usesOldSelf(rule) && before === undefined) return [];
    const program = compile(rule.rule);
    // Reported on the definition when it was stored.
    if (typeof program === "string") return [];
    try {
      return program(context) === true ? [] : [toFault(rule, schema, field, context)];
    } catch (error) {
      return [toFault(rule, schema, field, context, messageOf(error).split("\n")[0])];
    }
  });
}

function previousItem(schema: Schema, item: unknown, before: unknown): unknown {
  if (schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(before) || !isObject(item)) return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return before.find((old) => isObject(old) && keys.every((key) => old[key] === item[key]));
}

/** Evaluates every rule of `schema` on `value`; `before` is the stored value, for rules that compare. */
export function findRuleFaults(schema: Schema, value: unknown, before: unknown, field = ""): Fault[] {
  const faults = checkRules(schema, value, before, field);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items)
      faults.push(...value.flatMap((item, i) => findRuleFaults(items, item, previousItem(schema, item, before), `${field}[${i}]`)));
    return faults;
  }
  if (!isObject(value)) return faults;
  const { properties = {}, additionalProperties } = schema;
  for (const [key, member] of Object.entries(value)) {
    const inner = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (typeof inner !== "object") continue;
    const old = isObject(before) && Object.hasOwn(before, key) ? before[key] : undefined;
    faults.push(...findRuleFaults(inner, member, old, field === "" ? key : `${field}.${key}`));
  }
  return faults;
}

/** True when a schema has rules anywhere: then their evaluation is worth the walk. */
export function hasRules(schema: Schema): boolean {
  if ((schema["x-kubernetes-validations"]?.length ?? 0) > 0) return true;
  if (schema.items && hasRules(schema.items)) return true;
  if (typeof schema.additionalProperties === "object" && hasRules(schema.additionalProperties)) return true;
  return Object.values(schema.properties ?? {}).some(hasRules);
}

/** Every rule that cannot be compiled, as `path: reason`. */
export function findUnsupportedRules(schema: Schema, path = ""): string[] {
  const own = (schema["x-kubernetes-validations"] ?? []).flatMap(({ rule }) => {
    const program = compile(rule);
    return typeof program === "string" ? [`${path === "" ? "<root>" : path}: ${JSON.stringify(rule)}: ${program}`] : [];
  });
  const { items, additionalProperties, properties = {} } = schema;
  return [
    ...own,
    ...(items ? findUnsupportedRules(items, `${path}[]`) : []),
    ...(typeof additionalProperties === "object" ? findUnsupportedRules(additionalProperties, `${path}[*]`) : []),
    ...Object.entries(properties).flatMap(([name, member]) => findUnsupportedRules(member, path === "" ? name : `${path}.${name}`)),
  ];
}
