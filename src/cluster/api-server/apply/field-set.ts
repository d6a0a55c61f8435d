/**
 * Sets of field paths as trees. A path element is kept in its FieldsV1 form: `f:name`, `k:{"name":"x"}` (item of a list with
 * keys), `v:"x"` (item of a set), `i:0`. Follows sigs.k8s.io/structured-merge-diff fieldpath.
 */
import { isObject } from "../../../lib/json.ts";

export interface FieldSet {
  /** True when the path that leads here belongs to the set. */
  member: boolean;
  readonly children: Map<string, FieldSet>;
}

export function createFieldSet(member = false): FieldSet {
  return { member, children: new Map() };
}

/** The set below `element`, made when absent. */
export function childSet(set: FieldSet, element: string): FieldSet {
  let child = set.children.get(element);
  if (!child) {
    child = createFieldSet();
    set.children.set(element, child);
  }
  return child;
}

export function isEmptySet(set: FieldSet): boolean {
  if (set.member) return false;
  for (const child of set.children.values()) if (!isEmptySet(child)) return false;
  return true;
}

/** Adds everything of `other` to `set`, in place. */
export function addSet(set: FieldSet, other: FieldSet): void {
  set.member ||= other.member;
  for (const [element, child] of other.children) addSet(childSet(set, element), child);
}

function combine(a: FieldSet, b: FieldSet | undefined, keep: (inA: boolean, inB: boolean) => boolean): FieldSet {
  const out = createFieldSet(keep(a.member, b?.member ?? false));
  for (const [element, child] of a.children) {
    const kept = combine(child, b?.children.get(element), keep);
    if (!isEmptySet(kept)) out.children.set(element, kept);
  }
  return out;
}

/** What is in `a` and not in `b`. */
export function differenceOf(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && !inB);
}

/** What is in both. */
export function intersectionOf(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && inB);
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  return isEmptySet(differenceOf(a, b)) && isEmptySet(differenceOf(b, a));
}

/** Every member, as the elements that lead to it. */
export function* membersOf(set: FieldSet, path: readonly string[] = []): Generator<readonly string[]> {
  if (set.member) yield path;
  for (const [element, child] of set.children) yield* membersOf(child, [...path, element]);
}

/** The FieldsV1 form: a member without children is `{}`, one with children has the key `.`. */
export function toFieldsV1(set: FieldSet): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  if (set.member && set.children.size > 0) out["."] = {};
  for (const element of [...set.children.keys()].sort()) {
    const child = set.children.get(element);
    if (child && !isEmptySet(child)) out[element] = toFieldsV1(child);
  }
  return out;
}

/** Reads FieldsV1; undefined when it is no such thing. */
export function parseFieldsV1(value: unknown, isRoot = true, depth = 0): FieldSet | undefined {
  if (!isObject(value) || depth > 200) return undefined;
  const keys = Object.keys(value);
  const set = createFieldSet(!isRoot && (keys.length === 0 || Object.hasOwn(value, ".")));
  for (const key of keys) {
    if (key === ".") continue;
    if (!/^[fkvi]:/.test(key)) return undefined;
    const child = parseFieldsV1(value[key], false, depth + 1);
    if (!child) return undefined;
    set.children.set(key, child);
  }
  return set;
}

function printKey(text: string): string {
  try {
    const keys: unknown = JSON.parse(text);
    if (!isObject(keys)) return `[${text}]`;
    return `[${Object.entries(keys)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(",")}]`;
  } catch {
    return `[${text}]`;
  }
}

/** A path as conflicts print it: `.spec.containers[name="x"].image`. */
export function printPath(path: readonly string[]): string {
  return path
    .map((element) => {
      const rest = element.slice(2);
      if (element.startsWith("f:")) return `.${rest}`;
      if (element.startsWith("k:")) return printKey(rest);
      return element.startsWith("v:") ? `[=${rest}]` : `[${rest}]`;
    })
    .join("");
}
