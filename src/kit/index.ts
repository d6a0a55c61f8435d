/**
 * The verbs that every component shares: the component declaration, the host that runs components, the Kubernetes
 * client with informers and controllers, HTTP edges, SQL and blob stores. Knows no component and no cluster.
 */
export * from "./blob-store.ts";
export * from "./component.ts";
export * from "./config.ts";
export * from "./controller.ts";
export * from "./data-directory.ts";
export * from "./host.ts";
export * from "./http-bridge.ts";
export * from "./http-listener.ts";
export * from "./in-flight.ts";
export * from "./informer.ts";
export * from "./kube-client.ts";
export * from "./sql-store.ts";
export * from "./sqlite.ts";
