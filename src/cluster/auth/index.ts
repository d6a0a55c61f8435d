/** Who calls and what they may do: credentials, ServiceAccount tokens, RBAC. Stores nothing itself. */
export * from "./authenticate.ts";
export * from "./bootstrap-roles.ts";
export * from "./client-certificate.ts";
export * from "./rbac.ts";
export * from "./rule-coverage.ts";
export * from "./service-account-reader.ts";
export * from "./tokens.ts";
