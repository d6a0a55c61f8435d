/**
 * Strategic merge patch: lists merge by the key that the type's `patchMergeKey` names (../schema tables), directives steer.
 * Follows the documented rules of apimachinery pkg/util/strategicpatch.
 */
import { SkiffError } from "../../lib/errors.ts";
import { isObject, jsonEqual, setOwn } from "../../lib/json.ts";
import { memberSchema, type Schema } from "./schema/index.ts";

const DIRECTIVE = "$patch";
const ORDER = "$setElementOrder/";
const DELETE_PRIMITIVE = "$deleteFromPrimitiveList/";
const RETAIN = "$retainKeys";

function directiveOf(patch: Record<string, unknown>): "replace" | "delete" | "merge" | undefined {
  const directive = patch[DIRECTIVE];
  if (directive === undefined || directive === "replace" || directive === "delete" || directive === "merge") return directive;
  throw new SkiffError("BadRequest", `unknown patch type found: ${JSON.stringify(directive)}`);
}

/** A new value from a patch alone: directives and nulls say nothing there. */
function withoutDirectives(patch: unknown): unknown {
  if (Array.isArray(patch)) {
    return patch
      .filter((item) => !(isObject(item) && typeof item[DIRECTIVE] === "string" && item[DIRECTIVE] !== "merge"))
      .map(withoutDirectives);
  }
  if (!isObject(patch)) return patch;
  const kept = Object.entries(patch).filter(([key, value]) => value !== null && !isDirective(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutDirectives(value)]));
}

function isDirective(key: string): boolean {
  return key === DIRECTIVE || key === RETAIN || key.startsWith(ORDER) || key.startsWith(DELETE_PRIMITIVE);
}

interface MergeKind {
  readonly merges: boolean;
  /** Absent for lists of plain values. */
  readonly key: string | undefined;
}

function mergeKindOf(schema: Schema | undefined): MergeKind {
  return {
    merges: schema?.["x-kubernetes-patch-strategy"] === "merge",
    key: schema?.["x-kubernetes-patch-merge-key"],
  };
}

const identityOf = (item: unknown, key: string | undefined): unknown => (key !== undefined && isObject(item) ? item[key] : item);

function mergeList(schema: Schema | undefined, current: readonly unknown[], patch: readonly unknown[], field: string): unknown[] {
  const { merges, key } = mergeKindOf(schema);
  if (!merges || patch.some((item) => isObject(item) && directiveOf(item) === "replace")) return withoutDirectives(patch) as unknown[];
  if (key === undefined) {
    const added = patch.filter((item, i) => patch.indexOf(item) === i && !current.some((have) => jsonEqual(have, item)));
    return reorder([...current, ...added], patch, current, undefined);
  }
  let out = [...current];
  for (const item of patch) {
    if (!isObject(item))
      throw new SkiffError("BadRequest", `expected an object in the list ${field}, but received ${JSON.stringify(item)}`);
    const id = item[key];
    if (id === undefined) throw new SkiffError("BadRequest", `${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const isSame = (have: unknown): boolean => isObject(have) && jsonEqual(have[key], id);
    if (directiveOf(item) === "delete") {
      out = out.filter((have) => !isSame(have));
      continue;
    }
    const at = out.findIndex(isSame);
    if (at >= 0) out[at] = strategicMerge(schema?.items, out[at], item);
    else out.push(withoutDirectives(item));
  }
  return reorder(
    out,
    patch.filter((item) => !isObject(item) || item[DIRECTIVE] === undefined),
    current,
    key,
  );
}

/** Orders what the patch names as it says; the others keep their place in the live list relative to those. */
function reorder(items: readonly unknown[], order: readonly unknown[], live: readonly unknown[], key: string | undefined): unknown[] {
  const wanted = order.map((entry) => identityOf(entry, key));
  const rank = (item: unknown): number => wanted.findIndex((id) => jsonEqual(id, identityOf(item, key)));
  const named = items.filter((item) => rank(item) >= 0).toSorted((a, b) => rank(a) - rank(b));
  const others = items.filter((item) => rank(item) < 0);
  const place = (item: unknown): number => live.findIndex((have) => jsonEqual(identityOf(have, key), identityOf(item, key)));
  const out: unknown[] = [];
  let n = 0;
  let o = 0;
  // What the live list does not have goes before what the patch does not name (mergeSortedSlice).
  while (n < named.length && o < others.length) {
    const a = place(others[o]);
    const b = place(named[n]);
    if (a >= 0 && b >= 0 && a < b) out.push(others[o++]);
    else out.push(named[n++]);
  }
  return [...out, ...named.slice(n), ...others.slice(o)];
}

function applyListDirectives(
  schema: Schema | undefined,
  patch: Record<string, unknown>,
  before: Readonly<Record<string, unknown>>,
  out: Record<string, unknown>,
): void {
  for (const [key, value] of Object.entries(patch)) {
    if (!Array.isArray(value)) continue;
    if (key.startsWith(DELETE_PRIMITIVE)) {
      const field = key.slice(DELETE_PRIMITIVE.length);
      const current = out[field];
      if (Array.isArray(current)) out[field] = current.filter((item) => !value.some((gone) => jsonEqual(gone, item)));
    }
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(ORDER) || !Array.isArray(value)) continue;
    const field = key.slice(ORDER.length);
    const current = out[field];
    if (!Array.isArray(current)) continue;
    const live = before[field];
    out[field] = reorder(current, value, Array.isArray(live) ? live : [], mergeKindOf(memberSchema(schema, field)).key);
  }
}

/** Applies a strategic merge patch and returns a new value; `target` stays as it is. Throws BadRequest on wrong directives. */
export function strategicMerge(schema: Schema | undefined, target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const directive = directiveOf(patch);
  if (directive === "replace") return withoutDirectives(patch);
  if (directive === "delete") return {};
  const before = isObject(target) ? target : {};
  const retain = patch[RETAIN];
  const out: Record<string, unknown> = Array.isArray(retain)
    ? Object.fromEntries(Object.entries(before).filter(([key]) => retain.includes(key)))
    : { ...before };
  for (const [key, value] of Object.entries(patch)) {
    if (isDirective(key)) continue;
    const current = Object.hasOwn(out, key) ? out[key] : undefined;
    const inner = memberSchema(schema, key);
    if (value === null) delete out[key];
    else if (Array.isArray(value)) setOwn(out, key, mergeList(inner, Array.isArray(current) ? current : [], value, key));
    else if (isObject(value)) setOwn(out, key, isObject(current) ? strategicMerge(inner, current, value) : withoutDirectives(value));
    else setOwn(out, key, value);
  }
  applyListDirectives(schema, patch, before, out);
  return out;
}
