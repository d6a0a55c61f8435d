/** Server-side apply: merges a configuration and settles who owns what. Follows structured-merge-diff merge.Updater.Apply. */
import type { KubeObject } from "../../../api/index.ts";
import { SkiffError } from "../../../lib/errors.ts";
import { addSet, createFieldSet, differenceOf, equalSets, intersectionOf, isEmptySet, membersOf, printPath } from "./field-set.ts";
import { managerKey, parseManagers, setManagers, stripUnowned, type Manager, type Managers } from "./managed-fields.ts";
import { collectFields, compareValues, findDuplicates, mergeValues, removeFields } from "./typed-value.ts";
import { disown, type Writer } from "./track-update.ts";

/** kubectl's client-side apply keeps its last configuration here; applying as kubectl keeps it up to date. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const BEFORE_FIRST_APPLY = "before-first-apply";

function printManager({ name, operation, apiVersion, subresource, time }: Manager): string {
  const who = subresource === undefined ? JSON.stringify(name) : `${JSON.stringify(name)} with subresource ${JSON.stringify(subresource)}`;
  if (operation === "Apply") return who;
  return time === undefined ? `${who} using ${apiVersion}` : `${who} using ${apiVersion} at ${time}`;
}

interface FieldConflict {
  readonly manager: Manager;
  readonly path: string;
}

function toConflictError(conflicts: readonly FieldConflict[]): SkiffError {
  const causes = conflicts.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${printManager({ ...manager, time: undefined })}`,
    field: path,
  }));
  const [first] = conflicts;
  const printed = (manager: Manager): string => printManager({ ...manager, time: undefined });
  const groups = Map.groupBy(conflicts, ({ manager }) => printed(manager));
  const text =
    conflicts.length === 1 && first
      ? `Apply failed with 1 conflict: conflict with ${printed(first.manager)}: ${first.path}`
      : `Apply failed with ${conflicts.length} conflicts: ${[...groups]
          .toSorted(([a], [b]) => a.localeCompare(b))
          .map(([who, list]) => [`conflicts with ${who}:`, ...list.map(({ path }) => `- ${path}`)].join("\n"))
          .join("\n")}`;
  return new SkiffError("Conflict", text, { details: { causes } });
}

function unionOf(managers: Managers): ReturnType<typeof createFieldSet> {
  const all = createFieldSet();
  for (const { fields } of managers.values()) addSet(all, fields);
  return all;
}

/** An object that was never applied or tracked belongs to one manager before the first apply. */
function adopt({ schema, apiVersion, hasStatus, subresource, now }: Writer, live: KubeObject, managers: Managers): void {
  if (managers.size > 0) return;
  const fields = createFieldSet();
  collectFields(schema, live, fields);
  stripUnowned(fields, subresource, hasStatus);
  if (isEmptySet(fields)) return;
  const identity = { name: BEFORE_FIRST_APPLY, operation: "Update" as const, apiVersion, subresource: undefined };
  managers.set(managerKey(identity), { ...identity, time: now, fields });
}

/**
 * Returns `live` with `applied` merged in, or `live` itself when nothing changes.
 * Throws Conflict when another manager owns a field with another value and `force` is not set.
 */
export function applyConfiguration(writer: Writer, live: KubeObject, applied: KubeObject, force: boolean): KubeObject {
  const { schema, manager: name, apiVersion, subresource, hasStatus, now } = writer;
  const [duplicate] = findDuplicates(schema, applied);
  if (duplicate) {
    throw new SkiffError("BadRequest", `failed to create typed patch object: ${printPath(duplicate)}: duplicate entries for key`);
  }
  const managers = parseManagers(live.metadata.managedFields) ?? new Map();
  if (live.metadata.uid !== undefined) adopt(writer, live, managers);
  const identity = { name, operation: "Apply" as const, apiVersion, subresource };
  const key = managerKey(identity);
  const last = managers.get(key);
  const fields = createFieldSet();
  collectFields(schema, applied, fields);
  stripUnowned(fields, subresource, hasStatus);

  const current: Manager = { ...identity, time: last && equalSets(last.fields, fields) ? last.time : now, fields };
  managers.set(key, current);
  let next = mergeValues(schema, live, applied) as KubeObject;
  if (last) {
    const owned = unionOf(managers);
    next = removeFields(schema, next, differenceOf(last.fields, owned), owned) as KubeObject;
  }
  next = { ...next, metadata: { ...next.metadata } };

  const comparison = compareValues(schema, live, next);
  stripUnowned(comparison.changed, subresource, hasStatus);
  stripUnowned(comparison.removed, subresource, hasStatus);
  const conflicts = [...managers].flatMap(([other, manager]): FieldConflict[] => {
    if (other === key) return [];
    const taken = intersectionOf(intersectionOf(manager.fields, comparison.changed), fields);
    return [...membersOf(taken)].map((path) => ({ manager, path: printPath(path) }));
  });
  if (conflicts.length > 0 && !force) throw toConflictError(conflicts);
  disown(managers, key, comparison);
  setManagers(next, managers);
  // After ownership is settled: whoever owned the annotation keeps it.
  const annotations = next.metadata.annotations;
  if (name === "kubectl" && subresource === undefined && live.metadata.annotations?.[LAST_APPLIED] !== undefined && annotations) {
    next.metadata.annotations = { ...annotations, [LAST_APPLIED]: `${JSON.stringify(toLastApplied(applied))}\n` };
  }
  return next;
}

/** The configuration as kubectl writes it into its annotation: without the annotation itself. */
function toLastApplied(applied: KubeObject): KubeObject {
  const { [LAST_APPLIED]: _, ...annotations } = applied.metadata.annotations ?? {};
  const { managedFields: __, ...metadata } = applied.metadata;
  return { ...applied, metadata: { ...metadata, annotations } };
}
