/** rbac.authorization.k8s.io/v1: Role, ClusterRole, RoleBinding, ClusterRoleBinding. */
import type { KubeObject, ResourceDefinition } from "./meta.ts";

export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

export interface Subject {
  kind: "User" | "Group" | "ServiceAccount";
  name: string;
  namespace?: string;
  apiGroup?: string;
}

export interface RoleRef {
  apiGroup: string;
  kind: "Role" | "ClusterRole";
  name: string;
}

export interface Role extends KubeObject {
  rules?: PolicyRule[];
}

export interface ClusterRole extends KubeObject {
  rules?: PolicyRule[];
  aggregationRule?: { clusterRoleSelectors: { matchLabels?: Record<string, string> }[] };
}

export interface RoleBinding extends KubeObject {
  subjects?: Subject[];
  roleRef: RoleRef;
}

export type ClusterRoleBinding = RoleBinding;

export const RBAC_GROUP = "rbac.authorization.k8s.io";

const base = { group: RBAC_GROUP, version: "v1" } as const;
const roleColumn = {
  name: "Role",
  type: "string",
  value: (object: KubeObject) => `${(object as RoleBinding).roleRef.kind}/${(object as RoleBinding).roleRef.name}`,
} as const;

export const ROLES: ResourceDefinition<Role> = { ...base, kind: "Role", plural: "roles", singular: "role", namespaced: true };
export const CLUSTER_ROLES: ResourceDefinition<ClusterRole> = {
  ...base,
  kind: "ClusterRole",
  plural: "clusterroles",
  singular: "clusterrole",
  namespaced: false,
};
export const ROLE_BINDINGS: ResourceDefinition<RoleBinding> = {
  ...base,
  kind: "RoleBinding",
  plural: "rolebindings",
  singular: "rolebinding",
  namespaced: true,
  columns: [roleColumn],
};
export const CLUSTER_ROLE_BINDINGS: ResourceDefinition<ClusterRoleBinding> = {
  ...base,
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  singular: "clusterrolebinding",
  namespaced: false,
  columns: [roleColumn],
};
