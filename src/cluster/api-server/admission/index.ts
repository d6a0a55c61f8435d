/**
 * The admission chain: what happens to an object between the request and the store, inside the transaction that stores it.
 * One file a step. Webhooks are asked before the transaction begins (webhooks.ts).
 */
import type { Admission } from "./admission.ts";
import { established } from "./established.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceDefaults, namespaceLifecycle } from "./namespace-lifecycle.ts";
import { podDefaults, podPriority, podTolerations } from "./pods.ts";
import { rbacEscalation } from "./rbac-escalation.ts";
import { resourceQuota } from "./resource-quota.ts";
import { secretData } from "./secret-data.ts";
import { serviceAddresses } from "./service-addresses.ts";
import { defaultStorageClass, storageProtection } from "./storage-class.ts";
import { webhookConfigurations } from "./webhook-configurations.ts";

export type { Admission } from "./admission.ts";
export { readUsage } from "./quota-usage.ts";

/** The chain in its order; mutating steps come before those that only judge, the quota last. */
export const ADMISSION_CHAIN: readonly Admission[] = [
  namespaceLifecycle,
  namespaceDefaults,
  podDefaults,
  limitRanger,
  podPriority,
  podTolerations,
  secretData,
  defaultStorageClass,
  storageProtection,
  serviceAddresses,
  established,
  rbacEscalation,
  webhookConfigurations,
  resourceQuota,
];
