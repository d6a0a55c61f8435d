/** `parameterExpressionSelector`: the one expression the compiler writes to reach into a JSON value. */
import { SkiffError } from "../../../lib/errors.ts";
import { isObject, type Json } from "../../../lib/json.ts";
import { parseJson } from "./json-text.ts";

const PREFIX = "parseJson(string_value)";

/** Applies `parseJson(string_value)["key"]…` to a value. Throws Invalid for another expression or a missing key. */
export function selectFromValue(expression: string, value: Json): Json {
  if (!expression.startsWith(PREFIX)) throw new SkiffError("Invalid", `unsupported expression ${JSON.stringify(expression.slice(0, 200))}`);
  let current: Json = typeof value === "string" ? parse(value) : value;
  for (const key of keysOf(expression.slice(PREFIX.length), expression)) {
    const next: Json | undefined =
      Array.isArray(current) && typeof key === "number"
        ? current[key]
        : isObject(current) && Object.hasOwn(current, String(key))
          ? current[String(key)]
          : undefined;
    if (next === undefined) throw new SkiffError("Invalid", `${expression}: the value has no ${JSON.stringify(key)}`);
    current = next;
  }
  return current;
}

function parse(text: string): Json {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new SkiffError("Invalid", `the value is not JSON: ${text.slice(0, 100)}`, { cause });
  }
}

function keysOf(rest: string, expression: string): (string | number)[] {
  const keys: (string | number)[] = [];
  let at = 0;
  while (at < rest.length) {
    // A key may itself contain "]", so the JSON string's own end decides.
    let end = at + 1;
    if (rest[end] === '"') {
      end++;
      while (end < rest.length && rest[end] !== '"') end += rest[end] === "\\" ? 2 : 1;
      end++;
    } else while (end < rest.length && rest[end] !== "]") end++;
    if (rest[at] !== "[" || rest[end] !== "]")
      throw new SkiffError("Invalid", `unsupported expression ${JSON.stringify(expression.slice(0, 200))}`);
    const key = parse(rest.slice(at + 1, end));
    if (typeof key !== "string" && typeof key !== "number")
      throw new SkiffError("Invalid", `unsupported expression ${JSON.stringify(expression.slice(0, 200))}`);
    keys.push(key);
    at = end + 1;
  }
  return keys;
}
