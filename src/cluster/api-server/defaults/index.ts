/**
 * Defaults of the built-in kinds: what a client that leaves a field out reads back. Runs on every write before validation,
 * so objects may still have any shape here. Owns no rules that need other objects; those are admission's.
 */
import { groupResourceOf, type KubeObject, type ResourceDefinition } from "../../../api/index.ts";
import { own } from "../../../lib/json.ts";
import type { Fields } from "./field.ts";
import { fillPod } from "./pod.ts";
import { fillBinding, fillLimitRange, fillNetworkPolicy, fillPriorityClass, fillWebhooks } from "./policy.ts";
import { fillEndpoints, fillEndpointSlice, fillService } from "./service.ts";
import { fillClaim, fillStorageClass, fillVolume } from "./storage.ts";
import {
  fillAutoscaler,
  fillCronJob,
  fillDaemonSet,
  fillDeployment,
  fillJob,
  fillReplicaSet,
  fillStatefulSet,
  labelJob,
} from "./workload.ts";

const DEFAULTS: Readonly<Record<string, (object: Fields) => void>> = {
  pods: fillPod,
  services: fillService,
  endpoints: fillEndpoints,
  limitranges: fillLimitRange,
  persistentvolumes: fillVolume,
  persistentvolumeclaims: fillClaim,
  "storageclasses.storage.k8s.io": fillStorageClass,
  "endpointslices.discovery.k8s.io": fillEndpointSlice,
  "deployments.apps": fillDeployment,
  "replicasets.apps": fillReplicaSet,
  "statefulsets.apps": fillStatefulSet,
  "daemonsets.apps": fillDaemonSet,
  "jobs.batch": fillJob,
  "cronjobs.batch": fillCronJob,
  "horizontalpodautoscalers.autoscaling": fillAutoscaler,
  "networkpolicies.networking.k8s.io": fillNetworkPolicy,
  "rolebindings.rbac.authorization.k8s.io": fillBinding,
  "clusterrolebindings.rbac.authorization.k8s.io": fillBinding,
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": fillWebhooks,
  "validatingwebhookconfigurations.admissionregistration.k8s.io": fillWebhooks,
  "priorityclasses.scheduling.k8s.io": fillPriorityClass,
};

/** What a new object says about itself before any controller has looked at it. */
const FIRST_STATUS: Readonly<Record<string, unknown>> = {
  services: { loadBalancer: {} },
  persistentvolumes: { phase: "Pending" },
  persistentvolumeclaims: { phase: "Pending" },
  resourcequotas: {},
  nodes: {},
  "deployments.apps": {},
  "replicasets.apps": { replicas: 0 },
  "statefulsets.apps": { replicas: 0, availableReplicas: 0 },
  "daemonsets.apps": { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  "jobs.batch": {},
  "cronjobs.batch": {},
  "horizontalpodautoscalers.autoscaling": { desiredReplicas: 0 },
  "ingresses.networking.k8s.io": { loadBalancer: {} },
  "poddisruptionbudgets.policy": { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
};

/** Fills in the defaults of `object` in place. */
export function applyDefaults(resource: ResourceDefinition, object: KubeObject): void {
  own(DEFAULTS, groupResourceOf(resource))?.(object as unknown as Fields);
}

/** Prepares a new object in place: defaults, what its uid decides, first status. Call it when `metadata` is complete. */
export function prepareNew(resource: ResourceDefinition, object: KubeObject): void {
  applyDefaults(resource, object);
  const name = groupResourceOf(resource);
  if (name === "jobs.batch") labelJob(object as unknown as Fields);
  const status = own(FIRST_STATUS, name);
  if (status !== undefined) (object as unknown as Fields)["status"] = structuredClone(status);
}
