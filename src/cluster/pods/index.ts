/**
 * The pod runtime, Skiff's kubelet: runs pods as sandboxed processes of this machine and reports on them through the
 * Kubernetes API. Owns the image catalogue, sandbox, volumes, managed Python and logs under its data directory.
 * Leaves scheduling, quotas and everything about other kinds to the API server and the controllers.
 */
export { createPodRuntime, type PodRuntime, type PodRuntimeOptions } from "./runtime.ts";
export type { PodLogOptions } from "./logs.ts";
export type { PodTokenRequest } from "./services.ts";
export type { SandboxChoice } from "./sandbox.ts";
