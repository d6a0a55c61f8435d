/** Request bodies as proto3 JSON reads them: snake_case or camelCase names, unknown ones refused. */
import { SkiffError } from "../../../lib/errors.ts";
import { isObject } from "../../../lib/json.ts";
import { parseJson } from "../spec/json-text.ts";

// Upstream's gateway takes messages of this size; a compiled pipeline is a few hundred kilobytes.
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** The snake_case spelling of a field's name. */
export function toSnakeCase(name: string): string {
  return Array.from(name, (char) => (char >= "A" && char <= "Z" ? `_${char.toLowerCase()}` : char)).join("");
}

/** Reads the fields of a message. Throws BadRequest with protojson's text for a name that is not in `fields`. */
export function readFields(value: unknown, fields: readonly string[]): Record<string, unknown> {
  if (!isObject(value)) throw new SkiffError("BadRequest", "proto: syntax error: unexpected token, expected an object");
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const name = fields.includes(key) ? key : toSnakeCase(key);
    if (!fields.includes(name)) throw new SkiffError("BadRequest", `proto: unknown field ${JSON.stringify(key)}`);
    // null is proto3 JSON for "not set".
    if (item !== null) out[name] = item;
  }
  return out;
}

/** Reads a text field ("" when absent). Throws BadRequest for another type or a text over `max` characters. */
export function textField(fields: Readonly<Record<string, unknown>>, name: string, max = 10_000): string {
  const value = fields[name] ?? "";
  if (typeof value !== "string")
    throw new SkiffError("BadRequest", `proto: invalid value for string field ${name}: ${JSON.stringify(value).slice(0, 100)}`);
  if (value.length > max) throw new SkiffError("BadRequest", `the value of ${name} is longer than ${max} characters`);
  return value;
}

/** Reads a JSON body. Throws BadRequest when it is not JSON or too large. */
export async function readBody(request: Request): Promise<unknown> {
  const tooLarge = (): SkiffError => new SkiffError("BadRequest", `the request is larger than ${MAX_BODY_BYTES} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    parts.push(chunk);
  }
  try {
    return parseJson(Buffer.concat(parts).toString("utf8"));
  } catch (cause) {
    if (cause instanceof SkiffError) throw new SkiffError("BadRequest", `proto: syntax error: ${cause.message}`, { cause });
    throw new SkiffError("BadRequest", "proto: syntax error: the body is not JSON", { cause });
  }
}
