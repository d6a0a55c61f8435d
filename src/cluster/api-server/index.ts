/**
 * The Kubernetes REST API over the object store: discovery, CRUD, list, watch, patches, Tables, reviews.
 * Owns the protocol; running things is left to the controllers and the pod runtime.
 */
export * from "./admission/index.ts";
export * from "./audit.ts";
export * from "./call.ts";
export { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from "./delete.ts";
export * from "./resources.ts";
export * from "./reviews.ts";
export * from "./server.ts";
export * from "./status.ts";
export { createWatchHub } from "./watch-hub.ts";
