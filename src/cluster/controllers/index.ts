/** The built-in controllers of a cluster. They work through the Kubernetes API like everybody else. */
export * from "./expiry.ts";
export * from "./garbage-collector.ts";
export * from "./namespaces.ts";
