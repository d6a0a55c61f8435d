/** policy/v1 PodDisruptionBudget and the Eviction that respects it. */
import { AGE_COLUMN } from "./columns.ts";
import type { LabelSelector } from "./label-selector.ts";
import type { Condition, KubeObject, ResourceDefinition } from "./meta.ts";

export interface PodDisruptionBudget extends KubeObject {
  spec?: { minAvailable?: number | string; maxUnavailable?: number | string; selector?: LabelSelector };
  status?: {
    observedGeneration?: number;
    disruptionsAllowed?: number;
    currentHealthy?: number;
    desiredHealthy?: number;
    expectedPods?: number;
    conditions?: Condition[];
  };
}

export interface Eviction extends KubeObject {
  deleteOptions?: { gracePeriodSeconds?: number; preconditions?: { uid?: string }; dryRun?: string[] };
}

export const POD_DISRUPTION_BUDGETS: ResourceDefinition<PodDisruptionBudget> = {
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  singular: "poddisruptionbudget",
  shortNames: ["pdb"],
  namespaced: true,
  subresources: ["status"],
  columns: [
    { name: "Min Available", type: "string", value: (object) => String((object as PodDisruptionBudget).spec?.minAvailable ?? "N/A") },
    { name: "Max Unavailable", type: "string", value: (object) => String((object as PodDisruptionBudget).spec?.maxUnavailable ?? "N/A") },
    { name: "Allowed Disruptions", type: "integer", value: (object) => (object as PodDisruptionBudget).status?.disruptionsAllowed ?? 0 },
    AGE_COLUMN,
  ],
};
