/** core/v1 ResourceQuota and LimitRange. */
import { AGE_COLUMN } from "./columns.ts";
import type { KubeObject, ResourceDefinition } from "./meta.ts";

export type Quantities = Record<string, string>;

export interface ResourceQuota extends KubeObject {
  spec: {
    hard?: Quantities;
    scopes?: string[];
    scopeSelector?: { matchExpressions?: { scopeName: string; operator: string; values?: string[] }[] };
  };
  status?: { hard?: Quantities; used?: Quantities };
}

export interface LimitRangeItem {
  type: "Container" | "Pod" | "PersistentVolumeClaim";
  max?: Quantities;
  min?: Quantities;
  default?: Quantities;
  defaultRequest?: Quantities;
  maxLimitRequestRatio?: Quantities;
}

export interface LimitRange extends KubeObject {
  spec: { limits: LimitRangeItem[] };
}

function usage({ status }: ResourceQuota, limits: boolean): string {
  return Object.keys(status?.hard ?? {})
    .filter((name) => name.startsWith("limits") === limits)
    .toSorted()
    .map((name) => `${name}: ${status?.used?.[name] ?? "0"}/${status?.hard?.[name]}`)
    .join(", ");
}

export const RESOURCE_QUOTAS: ResourceDefinition<ResourceQuota> = {
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  plural: "resourcequotas",
  singular: "resourcequota",
  shortNames: ["quota"],
  namespaced: true,
  subresources: ["status"],
  columns: [
    AGE_COLUMN,
    { name: "Request", type: "string", value: (object) => usage(object as ResourceQuota, false) },
    { name: "Limit", type: "string", value: (object) => usage(object as ResourceQuota, true) },
  ],
};

export const LIMIT_RANGES: ResourceDefinition<LimitRange> = {
  group: "",
  version: "v1",
  kind: "LimitRange",
  plural: "limitranges",
  singular: "limitrange",
  shortNames: ["limits"],
  namespaced: true,
};
