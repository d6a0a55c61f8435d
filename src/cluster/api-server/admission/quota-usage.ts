/** What objects use of a ResourceQuota. Follows kubernetes pkg/quota/v1/evaluator/core. */
import {
  BUILT_IN_DEFINITIONS,
  groupResourceOf,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  SERVICES,
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  type ResourceDefinition,
  type ResourceQuota,
  type Service,
} from "../../../api/index.ts";
import { addQuantities, parseQuantity, ZERO_QUANTITY, type Quantity } from "../../../lib/quantity.ts";
import { qosClassOf } from "./pods.ts";

const ONE: Quantity = { nano: 1_000_000_000n, format: "DecimalSI" };
/** Kinds whose plain plural is a quota of their number. */
const COUNTED = new Set(["configmaps", "secrets", "services", "persistentvolumeclaims", "resourcequotas", "replicationcontrollers"]);
const CLASS_SUFFIX = ".storageclass.storage.k8s.io/";

function addTo(usage: Map<string, Quantity>, name: string, value: Quantity | undefined): void {
  if (value) usage.set(name, addQuantities(usage.get(name) ?? ZERO_QUANTITY, value));
}

const greater = (a: Quantity | undefined, b: Quantity | undefined): Quantity | undefined => (!a || (b && b.nano > a.nano) ? b : a);

/** A pod asks for the sum of its containers, or for its largest init container if that is more. */
function podTotals({ spec }: Pod, field: "requests" | "limits"): Map<string, Quantity> {
  const totals = new Map<string, Quantity>();
  for (const { resources } of spec.containers ?? []) {
    for (const [name, value] of Object.entries(resources?.[field] ?? {})) addTo(totals, name, parseQuantity(value));
  }
  for (const { resources } of spec.initContainers ?? []) {
    for (const [name, value] of Object.entries(resources?.[field] ?? {})) {
      const most = greater(totals.get(name), parseQuantity(value));
      if (most) totals.set(name, most);
    }
  }
  return totals;
}

function addPod(usage: Map<string, Quantity>, pod: Pod): void {
  // Finished pods hold nothing but their place in `count/pods`.
  if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return;
  addTo(usage, "pods", ONE);
  for (const [name, value] of podTotals(pod, "requests")) {
    addTo(usage, `requests.${name}`, value);
    if (["cpu", "memory", "ephemeral-storage"].includes(name)) addTo(usage, name, value);
  }
  for (const [name, value] of podTotals(pod, "limits")) addTo(usage, `limits.${name}`, value);
}

function addService(usage: Map<string, Quantity>, { spec }: Service): void {
  const ports: Quantity = { nano: BigInt(spec.ports?.length ?? 0) * ONE.nano, format: "DecimalSI" };
  if (spec.type === "LoadBalancer") addTo(usage, "services.loadbalancers", ONE);
  if (spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false)) {
    addTo(usage, "services.nodeports", ports);
  }
}

function addClaim(usage: Map<string, Quantity>, { spec }: PersistentVolumeClaim): void {
  const storage = parseQuantity(spec.resources?.requests?.["storage"] ?? "");
  addTo(usage, "requests.storage", storage);
  if (!spec.storageClassName) return;
  addTo(usage, `${spec.storageClassName}${CLASS_SUFFIX}persistentvolumeclaims`, ONE);
  addTo(usage, `${spec.storageClassName}${CLASS_SUFFIX}requests.storage`, storage);
}

/** What one object uses, under every name that a quota may limit. */
export function usageOf(resource: ResourceDefinition, object: KubeObject): Map<string, Quantity> {
  const name = groupResourceOf(resource);
  const usage = new Map<string, Quantity>([[`count/${name}`, ONE]]);
  if (COUNTED.has(name)) addTo(usage, name, ONE);
  if (name === "pods") addPod(usage, object as Pod);
  if (name === "services") addService(usage, object as Service);
  if (name === "persistentvolumeclaims") addClaim(usage, object as PersistentVolumeClaim);
  return usage;
}

type Requirement = NonNullable<NonNullable<ResourceQuota["spec"]["scopeSelector"]>["matchExpressions"]>[number];

function meetsScope(pod: Pod, { scopeName, operator, values = [] }: Requirement): boolean {
  switch (scopeName) {
    case "BestEffort":
      return qosClassOf(pod) === "BestEffort";
    case "NotBestEffort":
      return qosClassOf(pod) !== "BestEffort";
    case "Terminating":
      return pod.spec.activeDeadlineSeconds !== undefined;
    case "NotTerminating":
      return pod.spec.activeDeadlineSeconds === undefined;
    case "PriorityClass": {
      const name = pod.spec.priorityClassName;
      if (operator === "Exists") return name !== undefined;
      if (operator === "DoesNotExist") return name === undefined;
      return values.includes(name ?? "") === (operator === "In");
    }
    default:
      return false;
  }
}

/** True when the quota's scopes take the object in; scopes speak about pods only. */
export function isInScope({ spec }: ResourceQuota, resource: ResourceDefinition, object: KubeObject): boolean {
  const requirements: Requirement[] = [
    ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ];
  if (requirements.length === 0) return true;
  return groupResourceOf(resource) === "pods" && requirements.every((requirement) => meetsScope(object as Pod, requirement));
}

/** The kinds whose objects a hard limit counts. */
function kindsOf(name: string, known: readonly ResourceDefinition[]): ResourceDefinition[] {
  if (name.startsWith("count/")) return known.filter((definition) => groupResourceOf(definition) === name.slice("count/".length));
  if (name.startsWith("services")) return [SERVICES];
  if (name === "persistentvolumeclaims" || name === "requests.storage" || name.includes(CLASS_SUFFIX)) return [PERSISTENT_VOLUME_CLAIMS];
  if (COUNTED.has(name)) return known.filter((definition) => groupResourceOf(definition) === name);
  return [PODS];
}

/** Adds up what the namespace uses of `names`; `list` reads the stored objects of a kind there. */
export function readUsage(
  quota: ResourceQuota,
  names: readonly string[],
  list: (definition: ResourceDefinition) => KubeObject[],
  known: readonly ResourceDefinition[] = BUILT_IN_DEFINITIONS,
): Map<string, Quantity> {
  const wanted = new Set(names);
  const totals = new Map<string, Quantity>(names.map((name) => [name, ZERO_QUANTITY]));
  const kinds = new Map(names.flatMap((name) => kindsOf(name, known)).map((definition) => [groupResourceOf(definition), definition]));
  for (const definition of kinds.values()) {
    for (const object of list(definition)) {
      if (!isInScope(quota, definition, object)) continue;
      for (const [name, value] of usageOf(definition, object)) if (wanted.has(name)) addTo(totals, name, value);
    }
  }
  return totals;
}
