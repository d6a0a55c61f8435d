/**
 * The JSONPath of Kubernetes' printer columns and of `kubectl`'s own dialect, as far as definitions use it: fields, quoted
 * fields, indexes, `[*]` and filters by equality such as `[?(@.type=="Ready")]`. Parsed by hand: paths come from users.
 */

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "filter"; readonly path: JsonPath; readonly equal: boolean; readonly value: string };

export type JsonPath = readonly Step[];

function parseBracket(text: string): Step | undefined {
  const inner = text.trim();
  if (inner === "*") return { kind: "all" };
  if (/^-?\d{1,9}$/.test(inner)) return { kind: "index", index: Number(inner) };
  const quoted = inner.length >= 2 && (inner.startsWith("'") || inner.startsWith('"')) && inner.endsWith(inner.charAt(0));
  if (quoted) return { kind: "field", name: inner.slice(1, -1) };
  if (!inner.startsWith("?(") || !inner.endsWith(")")) return undefined;
  const condition = inner.slice(2, -1).trim();
  const operator = condition.includes("!=") ? "!=" : "==";
  const at = condition.indexOf(operator);
  if (at < 0 || !condition.startsWith("@")) return undefined;
  const path = parseJsonPath(condition.slice(1, at).trim());
  const value = condition.slice(at + 2).trim();
  const bare = /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
  return path && { kind: "filter", path, equal: operator === "==", value: bare };
}

/** Where the bracket that opens at `start` closes, quotes and inner brackets aside; -1 when it does not. */
function closingBracket(text: string, start: number): number {
  let quote = "";
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const char = text.charAt(i);
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "[") depth++;
    else if (char === "]" && --depth === 0) return i;
  }
  return -1;
}

/** Parses a path such as `.status.conditions[?(@.type=="Ready")].status`; undefined when it is outside the dialect. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  const wrapped = text.startsWith("{") && text.endsWith("}") ? text.slice(1, -1) : text;
  const path = wrapped.startsWith("$") ? wrapped.slice(1) : wrapped;
  for (let i = 0; i < path.length;) {
    if (path[i] === "[") {
      const close = closingBracket(path, i);
      const step = close < 0 ? undefined : parseBracket(path.slice(i + 1, close));
      if (!step) return undefined;
      steps.push(step);
      i = close + 1;
      continue;
    }
    if (path[i] === ".") i++;
    let name = "";
    for (; i < path.length && path[i] !== "." && path[i] !== "["; i++) {
      // A dot inside a field name is escaped.
      if (path[i] === "\\" && i + 1 < path.length) i++;
      name += path[i];
    }
    if (name === "*") steps.push({ kind: "all" });
    else if (name !== "") steps.push({ kind: "field", name });
  }
  return steps;
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

function follow(value: unknown, step: Step): unknown[] {
  switch (step.kind) {
    case "field":
      return typeof value === "object" && value !== null && Object.hasOwn(value, step.name)
        ? [(value as Record<string, unknown>)[step.name]]
        : [];
    case "index": {
      const item: unknown = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case "all":
      return childrenOf(value);
    case "filter":
      return childrenOf(value).filter((item) => readJsonPath(item, step.path).some((found) => String(found) === step.value) === step.equal);
  }
}

/** Every value that the path leads to, in order. */
export function readJsonPath(value: unknown, path: JsonPath): unknown[] {
  return path.reduce<unknown[]>((values, step) => values.flatMap((one) => follow(one, step)), [value]);
}
