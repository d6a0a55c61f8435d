/**
 * The nouns: each kind as schema → type → resource definition, and the wire types of the protocols.
 * Owns names and shapes; behaviour lives in kit, cluster and the components.
 */
export * from "./columns.ts";
export * from "./core.ts";
export * from "./custom-resource-definition.ts";
export * from "./daemon-set.ts";
export * from "./definitions.ts";
export * from "./deployment.ts";
export * from "./event.ts";
export * from "./horizontal-pod-autoscaler.ts";
export * from "./job.ts";
export * from "./label-selector.ts";
export * from "./lease.ts";
export * from "./meta.ts";
export * from "./networking.ts";
export * from "./node.ts";
export * from "./persistent-volume.ts";
export * from "./pipelines.ts";
export * from "./pod-disruption-budget.ts";
export * from "./pod.ts";
export * from "./priority-class.ts";
export * from "./profile.ts";
export * from "./rbac.ts";
export * from "./resource-quota.ts";
export * from "./reviews.ts";
export * from "./service.ts";
export * from "./stateful-set.ts";
export * from "./webhook-configuration.ts";
export * from "./workload.ts";
