/**
 * A definition is served from the commit that stores it, so it is established at once. What its schema asks for and this
 * server cannot do is said in a condition.
 */
import type { Condition, CustomResourceDefinition } from "../../../api/index.ts";
import { findUnsupportedRules, type Schema } from "../schema/index.ts";
import type { Admission } from "./admission.ts";
import { toTime } from "../../../lib/time.ts";

/** Our own condition type: false when CEL rules of a schema cannot be evaluated and are therefore not enforced. */
const RULES_CONDITION = "skiff.dev/RulesSupported";
const MAX_MESSAGE = 2000;

function fillDefaults(definition: CustomResourceDefinition): void {
  const { spec } = definition;
  const names: typeof spec.names | undefined = spec?.names;
  if (typeof names?.kind !== "string") return;
  names.singular ??= names.kind.toLowerCase();
  names.listKind ??= `${names.kind}List`;
  (spec as { conversion?: unknown }).conversion ??= { strategy: "None" };
}

function ruleConditions({ spec }: CustomResourceDefinition, lastTransitionTime: string): Condition[] {
  const faults = spec.versions.flatMap(({ name, schema }) =>
    findUnsupportedRules((schema?.openAPIV3Schema ?? {}) as Schema).map((fault) => `${name}: ${fault}`),
  );
  if (faults.length === 0) return [];
  const message = `not enforced: ${faults.join("; ")}`.slice(0, MAX_MESSAGE);
  return [{ type: RULES_CONDITION, status: "False", reason: "UnsupportedRules", message, lastTransitionTime }];
}

export const established: Admission = {
  name: "CustomResourceDefinitionEstablished",
  admit: ({ operation, resource, object, previous }) => {
    if (resource.kind !== "CustomResourceDefinition" || resource.custom) return;
    const definition = object as CustomResourceDefinition;
    fillDefaults(definition);
    const { names, versions } = definition.spec ?? {};
    // A definition that is refused by validation, which comes after admission, has no status.
    if (!Array.isArray(versions) || versions.some((version) => typeof version !== "object" || version === null)) return;
    const now = toTime();
    const storage = versions.filter((version) => version.storage).map((version) => version.name);
    const before = (previous as CustomResourceDefinition | undefined)?.status;
    const others = (before?.conditions ?? []).filter(({ type }) => type !== RULES_CONDITION);
    const known = (before?.conditions ?? []).find(({ type }) => type === RULES_CONDITION);
    const found = ruleConditions(definition, now).map((made) => (known && known.message === made.message ? known : made));
    if (operation === "update" && before) {
      definition.status = {
        ...before,
        acceptedNames: { ...names },
        storedVersions: [...new Set([...(before.storedVersions ?? []), ...storage])],
        conditions: [...others, ...found],
      };
      return;
    }
    definition.status = {
      acceptedNames: { ...names },
      storedVersions: storage,
      conditions: [
        { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found", lastTransitionTime: now },
        {
          type: "Established",
          status: "True",
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
          lastTransitionTime: now,
        },
        ...found,
      ],
    };
  },
};
