/** Kubernetes' storage on SQLite: revisions, transactions with shared commits, events. Knows keys and text, no kinds. */
export * from "./contract.ts";
export { tooLargeRevision } from "./failure.ts";
export * from "./store.ts";
