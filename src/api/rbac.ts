/** rbac.authorization.k8s.io/v1: Role, ClusterRole, RoleBinding, ClusterRoleBinding. */
import { AGE_COLUMN } from "./columns.ts";
import type { LabelSelector } from "./label-selector.ts";
import type { KubeObject, PrinterColumn, ResourceDefinition } from "./meta.ts";

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
  aggregationRule?: { clusterRoleSelectors?: LabelSelector[] };
}

export interface RoleBinding extends KubeObject {
  subjects?: Subject[];
  roleRef: RoleRef;
}

export type ClusterRoleBinding = RoleBinding;

export const RBAC_GROUP = "rbac.authorization.k8s.io";

const base = { group: RBAC_GROUP, version: "v1" } as const;
const subjects = (name: string, kind: Subject["kind"]): PrinterColumn => ({
  name,
  type: "string",
  priority: 1,
  value: (object) =>
    ((object as RoleBinding).subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map((subject) => (kind === "ServiceAccount" ? `${subject.namespace}/${subject.name}` : subject.name))
      .join(", "),
});
const bindingColumns: readonly PrinterColumn[] = [
  {
    name: "Role",
    type: "string",
    value: (object) => `${(object as RoleBinding).roleRef.kind}/${(object as RoleBinding).roleRef.name}`,
  },
  AGE_COLUMN,
  subjects("Users", "User"),
  subjects("Groups", "Group"),
  subjects("ServiceAccounts", "ServiceAccount"),
];

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
  columns: bindingColumns,
};
export const CLUSTER_ROLE_BINDINGS: ResourceDefinition<ClusterRoleBinding> = {
  ...base,
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  singular: "clusterrolebinding",
  namespaced: false,
  columns: bindingColumns,
};
