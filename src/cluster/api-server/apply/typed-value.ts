/**
 * Objects seen through their schema: which fields they hold, how two differ, how one merges into another, how fields are
 * removed. Follows sigs.k8s.io/structured-merge-diff typed.
 */
import { isObject, jsonEqual, setOwn } from "../../../lib/json.ts";
import { isNamedField, memberSchema, type Schema } from "../schema/index.ts";
import { childSet, createFieldSet, isEmptySet, type FieldSet } from "./field-set.ts";

type Shape = "atomic" | "map" | "list" | "set";

/** How a value is owned: whole, by member, by key or by item. Undeclared lists are atomic, undeclared maps granular. */
function shapeOf(schema: Schema | undefined, value: unknown): Shape {
  if (Array.isArray(value)) {
    const type = schema?.["x-kubernetes-list-type"];
    if (type === "set") return "set";
    return type === "map" ? "list" : "atomic";
  }
  return isObject(value) && schema?.["x-kubernetes-map-type"] !== "atomic" ? "map" : "atomic";
}

/** The path element of a list's item; undefined when the item lacks its keys. */
function elementOf(schema: Schema | undefined, shape: Shape, item: unknown): string | undefined {
  if (shape === "set") return `v:${JSON.stringify(item)}`;
  if (!isObject(item)) return undefined;
  const keys = (schema?.["x-kubernetes-list-map-keys"] ?? []).toSorted();
  const found: Record<string, unknown> = {};
  for (const key of keys) {
    const value = Object.hasOwn(item, key) ? item[key] : memberSchema(schema?.items, key)?.default;
    if (value !== undefined && value !== null) found[key] = value;
  }
  return Object.keys(found).length === 0 ? undefined : `k:${JSON.stringify(found)}`;
}

/** A list's items by path element; the first of equal ones counts. */
function itemsOf(schema: Schema | undefined, shape: Shape, list: readonly unknown[]): Map<string, unknown> {
  const out = new Map<string, unknown>();
  for (const item of list) {
    const element = elementOf(schema, shape, item);
    if (element !== undefined && !out.has(element)) out.set(element, item);
  }
  return out;
}

/** The path elements that occur twice in lists with keys and sets of `value`; an applied configuration may not have any. */
export function findDuplicates(schema: Schema | undefined, value: unknown, path: readonly string[] = []): readonly string[][] {
  const shape = shapeOf(schema, value);
  if (shape === "map" && isObject(value)) {
    return Object.entries(value).flatMap(([key, member]) => findDuplicates(memberSchema(schema, key), member, [...path, `f:${key}`]));
  }
  if ((shape !== "list" && shape !== "set") || !Array.isArray(value)) return [];
  const seen = new Set<string>();
  return value.flatMap((item): readonly string[][] => {
    const element = elementOf(schema, shape, item);
    if (element === undefined) return [];
    const here = [...path, element];
    if (seen.has(element)) return [here];
    seen.add(element);
    return findDuplicates(schema?.items, item, here);
  });
}

/** Adds the fields that `value` holds to `set`. */
export function collectFields(schema: Schema | undefined, value: unknown, set: FieldSet): void {
  const shape = shapeOf(schema, value);
  if (shape === "atomic") {
    set.member = true;
    return;
  }
  if (Array.isArray(value)) {
    for (const [element, item] of itemsOf(schema, shape, value)) {
      const child = childSet(set, element);
      child.member = true;
      if (shape === "list") collectFields(schema?.items, item, child);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [key, member] of Object.entries(value)) {
    const child = childSet(set, `f:${key}`);
    collectFields(memberSchema(schema, key), member, child);
    if (member === null || (isObject(member) && Object.keys(member).length === 0) || !isNamedField(schema, key)) child.member = true;
  }
}

export interface Comparison {
  /** Fields that the new object has and the old one lacks, or holds with another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Fields of a value that was not there: besides what it holds, the maps and lists that came to be with it. */
function addNew(schema: Schema | undefined, value: unknown, set: FieldSet): void {
  if (schema?.alwaysThere !== true) set.member = true;
  const shape = shapeOf(schema, value);
  if (shape === "atomic") set.member = true;
  else if (Array.isArray(value)) {
    for (const [element, item] of itemsOf(schema, shape, value)) {
      const child = childSet(set, element);
      if (shape === "list") addNew(schema?.items, item, child);
      child.member = true;
    }
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const child = childSet(set, `f:${key}`);
      addNew(memberSchema(schema, key), member, child);
      if (isObject(member) && Object.keys(member).length === 0) child.member = true;
    }
  }
}

function compareInto(schema: Schema | undefined, before: unknown, after: unknown, changed: FieldSet, removed: FieldSet): void {
  if (before === after) return;
  const shape = shapeOf(schema, after);
  if (shape === "atomic" || shapeOf(schema, before) !== shape) {
    if (!jsonEqual(before, after)) changed.member = true;
    if (shape !== "atomic") collectFields(schema, after, changed);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const old = itemsOf(schema, shape, before);
    const now = itemsOf(schema, shape, after);
    for (const [element, item] of now) {
      if (!old.has(element)) {
        const child = childSet(changed, element);
        if (shape === "list") addNew(schema?.items, item, child);
        child.member = true;
      } else if (shape === "list") {
        compareInto(schema?.items, old.get(element), item, childSet(changed, element), childSet(removed, element));
      }
    }
    for (const [element, item] of old) {
      if (now.has(element)) continue;
      const child = childSet(removed, element);
      if (shape === "list") addNew(schema?.items, item, child);
      child.member = true;
    }
    return;
  }
  if (!isObject(before) || !isObject(after)) return;
  for (const [key, member] of Object.entries(after)) {
    const inner = memberSchema(schema, key);
    const element = `f:${key}`;
    if (!Object.hasOwn(before, key)) addNew(inner, member, childSet(changed, element));
    else if (before[key] !== member) compareInto(inner, before[key], member, childSet(changed, element), childSet(removed, element));
  }
  for (const [key, member] of Object.entries(before)) {
    if (!Object.hasOwn(after, key)) addNew(memberSchema(schema, key), member, childSet(removed, `f:${key}`));
  }
}

/** How `after` differs from `before`. */
export function compareValues(schema: Schema | undefined, before: unknown, after: unknown): Comparison {
  const changed = createFieldSet();
  const removed = createFieldSet();
  compareInto(schema, before, after, changed, removed);
  return { changed, removed };
}

/** Order of a merged list: the applied order for what was applied, others stay where they stood relative to it. */
function mergeItems(schema: Schema | undefined, shape: Shape, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const left = itemsOf(schema, shape, live);
  const right = itemsOf(schema, shape, applied);
  const order = [...left.keys()];
  const wanted = [...right.keys()];
  const out: unknown[] = [];
  let l = 0;
  let r = 0;
  while (l < order.length || r < wanted.length) {
    const atLeft = order[l];
    if (atLeft !== undefined && !right.has(atLeft)) {
      out.push(left.get(atLeft));
      l += 1;
      continue;
    }
    const atRight = wanted[r];
    if (atRight === undefined) {
      // What is left on the left side is part of the applied list and was placed by it.
      l += 1;
      continue;
    }
    if (atLeft !== undefined && left.has(atRight) && atLeft !== atRight) {
      // The applied order wins; the shared item of the live list is placed when its turn comes.
      l += 1;
      continue;
    }
    const item = right.get(atRight);
    out.push(shape === "list" && left.has(atRight) ? mergeValues(schema?.items, left.get(atRight), item) : item);
    r += 1;
    if (atLeft === atRight) l += 1;
  }
  return out;
}

/** Merges an applied configuration into the live value; neither is changed. */
export function mergeValues(schema: Schema | undefined, live: unknown, applied: unknown): unknown {
  const shape = shapeOf(schema, applied);
  if (shape === "atomic" || shapeOf(schema, live) !== shape) return applied;
  if (Array.isArray(live) && Array.isArray(applied)) return mergeItems(schema, shape, live, applied);
  if (!isObject(live) || !isObject(applied)) return applied;
  const out = { ...live };
  for (const [key, member] of Object.entries(applied)) {
    setOwn(out, key, Object.hasOwn(live, key) ? mergeValues(memberSchema(schema, key), live[key], member) : member);
  }
  return out;
}

/** Removes the members of `set` from `value`, except what `owned` still holds there or below; returns a new value. */
export function removeFields(schema: Schema | undefined, value: unknown, set: FieldSet, owned: FieldSet | undefined): unknown {
  if (isEmptySet(set)) return value;
  const isOwned = (element: string): boolean => {
    const child = owned?.children.get(element);
    return child !== undefined && !isEmptySet(child);
  };
  const shape = shapeOf(schema, value);
  if (Array.isArray(value)) {
    if (shape === "atomic") return value;
    return value.flatMap((item) => {
      const element = elementOf(schema, shape, item);
      const below = element === undefined ? undefined : set.children.get(element);
      if (element === undefined || !below) return [item];
      if (below.member && !isOwned(element)) return [];
      return [shape === "list" ? removeFields(schema?.items, item, below, owned?.children.get(element)) : item];
    });
  }
  if (!isObject(value)) return value;
  const out: Record<string, unknown> = { ...value };
  for (const [element, below] of set.children) {
    const key = element.slice(2);
    if (!element.startsWith("f:") || !Object.hasOwn(out, key)) continue;
    const inner = memberSchema(schema, key);
    if (below.member && !isOwned(element)) {
      delete out[key];
      continue;
    }
    const kept = removeFields(inner, out[key], below, owned?.children.get(element));
    const emptied = (isObject(kept) && Object.keys(kept).length === 0) || (Array.isArray(kept) && kept.length === 0);
    if (emptied && !jsonEqual(kept, out[key]) && !isOwned(element) && inner?.alwaysThere !== true) delete out[key];
    else out[key] = kept;
  }
  return out;
}
