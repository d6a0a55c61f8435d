/** autoscaling/v2 HorizontalPodAutoscaler, its older form autoscaling/v1, and autoscaling/v1 Scale. */
import { AGE_COLUMN, NONE } from "./columns.ts";
import type { Condition, KubeObject, ObjectMeta, PrinterColumn, ResourceDefinition } from "./meta.ts";

export interface MetricSpec {
  type: string;
  resource?: { name: string; target: { type: string; averageUtilization?: number; averageValue?: string } };
}

export interface HorizontalPodAutoscaler extends KubeObject {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string };
    minReplicas?: number;
    maxReplicas: number;
    metrics?: MetricSpec[];
    behavior?: unknown;
  };
  status?: { currentReplicas?: number; desiredReplicas?: number; currentMetrics?: MetricSpec[]; conditions?: Condition[] };
}

export interface Scale extends KubeObject {
  metadata: ObjectMeta;
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

function target({ type, resource }: MetricSpec): string {
  if (!resource) return `<unknown>/${type}`;
  const { averageUtilization, averageValue } = resource.target;
  return `${resource.name}: <unknown>/${averageUtilization === undefined ? averageValue : `${averageUtilization}%`}`;
}

const columns: readonly PrinterColumn[] = [
  {
    name: "Reference",
    type: "string",
    value: (object) => {
      const { kind, name } = (object as HorizontalPodAutoscaler).spec.scaleTargetRef;
      return `${kind}/${name}`;
    },
  },
  {
    name: "Targets",
    type: "string",
    value: (object) => (object as HorizontalPodAutoscaler).spec.metrics?.map(target).join(", ") || NONE,
  },
  { name: "MinPods", type: "string", value: (object) => String((object as HorizontalPodAutoscaler).spec.minReplicas ?? "<unset>") },
  { name: "MaxPods", type: "integer", value: (object) => (object as HorizontalPodAutoscaler).spec.maxReplicas },
  { name: "Replicas", type: "integer", value: (object) => (object as HorizontalPodAutoscaler).status?.currentReplicas ?? 0 },
  AGE_COLUMN,
];

const base = {
  group: "autoscaling",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  singular: "horizontalpodautoscaler",
  shortNames: ["hpa"],
  categories: ["all"],
  namespaced: true,
  subresources: ["status"],
  columns,
} as const;

export const HORIZONTAL_POD_AUTOSCALERS: ResourceDefinition<HorizontalPodAutoscaler> = { ...base, version: "v2" };
export const HORIZONTAL_POD_AUTOSCALERS_V1: ResourceDefinition = { ...base, version: "v1" };
