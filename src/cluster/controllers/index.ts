/** The built-in controllers of a cluster. They work through the Kubernetes API like everybody else. */
export * from "./bootstrap.ts";
export * from "./cluster-role-aggregation.ts";
export * from "./expiry.ts";
export * from "./garbage-collector.ts";
export * from "./namespaces.ts";
export * from "./resource-quotas.ts";
export * from "./volumes.ts";
export { createWorkloadControllers } from "./workloads/index.ts";
