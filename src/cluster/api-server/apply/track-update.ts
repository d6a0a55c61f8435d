/** Ownership after POST, PUT and PATCH: the writer owns what it changed. Follows structured-merge-diff merge.Updater.Update. */
import type { KubeObject } from "../../../api/index.ts";
import type { Schema } from "../schema/index.ts";
import { addSet, createFieldSet, differenceOf, equalSets, isEmptySet } from "./field-set.ts";
import { isReset, managerKey, parseManagers, setManagers, stripUnowned, type Managers } from "./managed-fields.ts";
import { compareValues, type Comparison } from "./typed-value.ts";

export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string | undefined;
  readonly schema: Schema | undefined;
  /** True when the kind has a status subresource: the main endpoint then does not own the status. */
  readonly hasStatus: boolean;
  /** RFC 3339. */
  readonly now: string;
}

/** Takes changed and removed fields away from everyone but `self`. */
export function disown(managers: Managers, self: string, { changed, removed }: Comparison): void {
  for (const [key, manager] of managers) {
    if (key === self) continue;
    const rest = differenceOf(differenceOf(manager.fields, changed), removed);
    if (isEmptySet(rest)) managers.delete(key);
    else manager.fields = rest;
  }
}

/**
 * Sets `next.metadata.managedFields` for a write that turned `live` into `next`. A client may send managed fields itself;
 * they count when they can be read.
 */
export function trackUpdate(writer: Writer, live: KubeObject | undefined, next: KubeObject): void {
  const { schema, manager: name, apiVersion, subresource, hasStatus, now } = writer;
  const sent = next.metadata.managedFields;
  const usesSent = Array.isArray(sent) && sent.length > 0;
  const managers =
    (usesSent ? parseManagers(sent) : undefined) ??
    (isReset(sent) ? new Map() : (parseManagers(live?.metadata.managedFields) ?? new Map()));
  const base = live ?? { apiVersion: next.apiVersion, kind: next.kind, metadata: {} };
  const comparison = compareValues(schema, base, next);
  stripUnowned(comparison.changed, subresource, hasStatus);
  stripUnowned(comparison.removed, subresource, hasStatus);
  const isSame = isEmptySet(comparison.changed) && isEmptySet(comparison.removed);
  if (isSame) {
    setManagers(next, managers);
    return;
  }
  const identity = { name, operation: "Update" as const, apiVersion, subresource };
  const key = managerKey(identity);
  disown(managers, key, comparison);
  const before = managers.get(key);
  const fields = createFieldSet();
  if (before) addSet(fields, differenceOf(before.fields, comparison.removed));
  addSet(fields, comparison.changed);
  const time = before && equalSets(before.fields, fields) ? before.time : now;
  if (isEmptySet(fields)) managers.delete(key);
  else managers.set(key, { ...identity, time, fields });
  setManagers(next, managers);
}
