/** scheduling.k8s.io/v1 PriorityClass. */
import { AGE_COLUMN } from "./columns.ts";
import type { KubeObject, ResourceDefinition } from "./meta.ts";

export interface PriorityClass extends KubeObject {
  value: number;
  globalDefault?: boolean;
  preemptionPolicy?: "PreemptLowerPriority" | "Never";
  description?: string;
}

export const PRIORITY_CLASSES: ResourceDefinition<PriorityClass> = {
  group: "scheduling.k8s.io",
  version: "v1",
  kind: "PriorityClass",
  plural: "priorityclasses",
  singular: "priorityclass",
  shortNames: ["pc"],
  namespaced: false,
  columns: [
    { name: "Value", type: "integer", value: (object) => (object as PriorityClass).value },
    { name: "Global-Default", type: "boolean", value: (object) => (object as PriorityClass).globalDefault ?? false },
    AGE_COLUMN,
    {
      name: "PreemptionPolicy",
      type: "string",
      value: (object) => (object as PriorityClass).preemptionPolicy ?? "PreemptLowerPriority",
    },
  ],
};
