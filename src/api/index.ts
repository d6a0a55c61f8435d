/**
 * The nouns: each kind as schema → type → resource definition, and the wire types of the protocols.
 * Owns names and shapes; behaviour lives in kit, cluster and the components.
 */
export * from "./core.ts";
export * from "./custom-resource-definition.ts";
export * from "./definitions.ts";
export * from "./meta.ts";
export * from "./pod.ts";
export * from "./profile.ts";
export * from "./rbac.ts";
export * from "./reviews.ts";
export * from "./pipelines.ts";
