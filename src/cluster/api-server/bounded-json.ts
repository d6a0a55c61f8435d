/** Looks at a JSON text before it is parsed: how deep it nests, and which fields it repeats. */
import { SkiffError } from "../../lib/errors.ts";

/** Deeper values are refused (sigs.k8s.io/json stops at 10,000; recursion over values must never meet its limit here). */
const MAX_DEPTH = 500;

const QUOTE = 34;
const BACKSLASH = 92;

/** Throws BadRequest when brackets nest deeper than any API object does. */
export function checkDepth(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      for (i++; i < text.length && text.charCodeAt(i) !== QUOTE; i++) if (text.charCodeAt(i) === BACKSLASH) i++;
    } else if (code === 123 || code === 91) {
      if (++depth > MAX_DEPTH) throw new SkiffError("BadRequest", `exceeded max depth: JSON may nest ${MAX_DEPTH} levels`);
    } else if (code === 125 || code === 93) depth--;
  }
}

/** Throws BadRequest when a parsed value nests deeper than `MAX_DEPTH`, or holds more than `limit` values (YAML aliases). */
export function checkSize(value: unknown, limit: number): void {
  let count = 0;
  const visit = (item: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) throw new SkiffError("BadRequest", `exceeded max depth: a document may nest ${MAX_DEPTH} levels`);
    if (++count > limit) throw new SkiffError("BadRequest", "the document contains excessive aliasing");
    if (typeof item !== "object" || item === null) return;
    for (const child of Object.values(item)) visit(child, depth + 1);
  };
  visit(value, 0);
}

/**
 * Paths of fields that occur twice in one object of a valid JSON text, such as `spec.replicas`: JSON.parse keeps the last
 * one and tells nobody, strict validation has to.
 */
export function findRepeatedFields(text: string): string[] {
  const found: string[] = [];
  let i = 0;
  const space = (): void => {
    while (i < text.length && text.charCodeAt(i) <= 32) i++;
  };
  const string = (): string => {
    const start = i;
    for (i++; text.charCodeAt(i) !== QUOTE; i++) if (text.charCodeAt(i) === BACKSLASH) i++;
    i++;
    return JSON.parse(text.slice(start, i)) as string;
  };
  const value = (path: string): void => {
    space();
    const char = text[i];
    if (char === "{") {
      i++;
      const seen = new Set<string>();
      for (space(); text[i] !== "}"; space()) {
        if (text[i] === ",") {
          i++;
          continue;
        }
        const key = string();
        const inner = path === "" ? key : `${path}.${key}`;
        if (seen.has(key)) found.push(inner);
        seen.add(key);
        space();
        i++;
        value(inner);
      }
      i++;
    } else if (char === "[") {
      i++;
      let index = 0;
      for (space(); text[i] !== "]"; space()) {
        if (text[i] === ",") i++;
        else value(`${path}[${index++}]`);
      }
      i++;
    } else if (char === '"') string();
    else while (i < text.length && !",}] \n\t\r".includes(text[i] ?? "")) i++;
  };
  value("");
  return found;
}
