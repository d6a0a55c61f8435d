/**
 * The embedded Kubernetes: object store, API server, RBAC and tokens, built-in controllers, pod runtime.
 * Exists in embedded mode only; components reach it through `KubeFetch` and nothing else.
 */
export * from "./cluster.ts";
