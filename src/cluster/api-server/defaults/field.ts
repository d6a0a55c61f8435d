/** Steps through objects whose shape is not checked yet: defaults are filled in before validation. */
import { isObject } from "../../../lib/json.ts";

export type Fields = Record<string, unknown>;

/** Sets fields where they are absent; null and the empty string count as absent, as in Go. */
export function fill(target: Fields, defaults: Fields): void {
  for (const [field, value] of Object.entries(defaults)) {
    if (target[field] === undefined || target[field] === null || target[field] === "") target[field] = value;
  }
}

/** The object in `field`, made when absent; undefined when something else is there. */
export function objectIn(target: Fields, field: string): Fields | undefined {
  target[field] ??= {};
  const value = target[field];
  return isObject(value) ? value : undefined;
}

/** The object in `field` if there is one. */
export function findObject(target: Fields | undefined, field: string): Fields | undefined {
  const value = target?.[field];
  return isObject(value) ? value : undefined;
}

/** The objects of the list in `field`; what is no object stays for validation to refuse. */
export function objectsIn(target: Fields | undefined, field: string): Fields[] {
  const value = target?.[field];
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}
