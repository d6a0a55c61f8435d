/** Every stored kind that Skiff itself knows, for those who meet an object and need its definition. */
import { CONFIG_MAPS, NAMESPACES, SECRETS, SERVICE_ACCOUNTS } from "./core.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "./custom-resource-definition.ts";
import { DAEMON_SETS } from "./daemon-set.ts";
import { DEPLOYMENTS, REPLICA_SETS } from "./deployment.ts";
import { EVENTS } from "./event.ts";
import { HORIZONTAL_POD_AUTOSCALERS, HORIZONTAL_POD_AUTOSCALERS_V1 } from "./horizontal-pod-autoscaler.ts";
import { CRON_JOBS, JOBS } from "./job.ts";
import { LEASES } from "./lease.ts";
import { apiVersionOf, type KubeObject, type ResourceDefinition } from "./meta.ts";
import { INGRESS_CLASSES, INGRESSES, NETWORK_POLICIES } from "./networking.ts";
import { NODES } from "./node.ts";
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, STORAGE_CLASSES } from "./persistent-volume.ts";
import { POD_DISRUPTION_BUDGETS } from "./pod-disruption-budget.ts";
import { PODS } from "./pod.ts";
import { PRIORITY_CLASSES } from "./priority-class.ts";
import { PROFILES } from "./profile.ts";
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES } from "./rbac.ts";
import { LIMIT_RANGES, RESOURCE_QUOTAS } from "./resource-quota.ts";
import { ENDPOINT_SLICES, ENDPOINTS, SERVICES } from "./service.ts";
import { CONTROLLER_REVISIONS, STATEFUL_SETS } from "./stateful-set.ts";
import { MUTATING_WEBHOOK_CONFIGURATIONS, VALIDATING_WEBHOOK_CONFIGURATIONS } from "./webhook-configuration.ts";

/** Kinds of Kubernetes itself; groups and versions are discovered in this order, the preferred version first. */
export const BUILT_IN_DEFINITIONS: readonly ResourceDefinition[] = [
  CONFIG_MAPS,
  ENDPOINTS,
  EVENTS,
  LIMIT_RANGES,
  NAMESPACES,
  NODES,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  RESOURCE_QUOTAS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
  CONTROLLER_REVISIONS,
  DAEMON_SETS,
  DEPLOYMENTS,
  REPLICA_SETS,
  STATEFUL_SETS,
  HORIZONTAL_POD_AUTOSCALERS,
  HORIZONTAL_POD_AUTOSCALERS_V1,
  CRON_JOBS,
  JOBS,
  INGRESS_CLASSES,
  INGRESSES,
  NETWORK_POLICIES,
  POD_DISRUPTION_BUDGETS,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  ROLE_BINDINGS,
  ROLES,
  STORAGE_CLASSES,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
  CUSTOM_RESOURCE_DEFINITIONS,
  PRIORITY_CLASSES,
  LEASES,
  ENDPOINT_SLICES,
];

/** The definition of an object's kind. Throws TypeError for a kind that is not known here. */
export function definitionOf({ apiVersion, kind }: KubeObject): ResourceDefinition {
  const found = [...BUILT_IN_DEFINITIONS, PROFILES].find(
    (definition) => definition.kind === kind && apiVersionOf(definition) === apiVersion,
  );
  if (!found) throw new TypeError(`no definition of ${apiVersion} ${kind}`);
  return found;
}
