/** Built-in kinds that are served in two shapes. Follows kubernetes pkg/apis/autoscaling/v1/conversion.go. */
import type { HorizontalPodAutoscaler, KubeObject, MetricSpec } from "../../api/index.ts";
import { isObject } from "../../lib/json.ts";

/** Where autoscaling/v1, which knows one number only, keeps the other metrics. */
const METRICS_ANNOTATION = "autoscaling.alpha.kubernetes.io/metrics";

type AutoscalerV1 = KubeObject & { spec: HorizontalPodAutoscaler["spec"] & { targetCPUUtilizationPercentage?: number } };

function isCpu({ type, resource }: MetricSpec): boolean {
  return type === "Resource" && resource?.name === "cpu" && resource.target.averageUtilization !== undefined;
}

function parseMetrics(text: string | undefined): MetricSpec[] {
  try {
    const metrics: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(metrics) ? (metrics.filter((metric) => isObject(metric)) as unknown as MetricSpec[]) : [];
  } catch {
    return [];
  }
}

function toV2(object: AutoscalerV1): KubeObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = object.spec;
  const { [METRICS_ANNOTATION]: others, ...annotations } = object.metadata.annotations ?? {};
  const cpu: MetricSpec[] =
    target === undefined
      ? []
      : [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: target } } }];
  const metrics = [...parseMetrics(others), ...cpu];
  const metadata = others === undefined ? object.metadata : { ...object.metadata, annotations };
  return { ...object, metadata, spec: { ...spec, ...(metrics.length > 0 ? { metrics } : {}) } } as KubeObject;
}

function toV1(object: HorizontalPodAutoscaler): KubeObject {
  const { metrics = [], ...spec } = object.spec;
  const cpu = metrics.find(isCpu);
  const others = metrics.filter((metric) => metric !== cpu);
  const target = cpu?.resource?.target.averageUtilization;
  const metadata =
    others.length === 0
      ? object.metadata
      : { ...object.metadata, annotations: { ...object.metadata.annotations, [METRICS_ANNOTATION]: JSON.stringify(others) } };
  return {
    ...object,
    metadata,
    spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
  } as KubeObject;
}

/** The stored object in the shape of `apiVersion`; its own `apiVersion` says the shape it has. */
export function convertStored<T extends KubeObject>(object: T, apiVersion: string): T {
  if (object.apiVersion === apiVersion || object.kind !== "HorizontalPodAutoscaler") return object;
  if (!isObject((object as { spec?: unknown }).spec)) return object;
  if (object.apiVersion === "autoscaling/v1") return toV2(object as unknown as AutoscalerV1) as T;
  return (object.apiVersion === "autoscaling/v2" ? toV1(object as unknown as HorizontalPodAutoscaler) : object) as T;
}
